#include "inquiry.hpp"

#include "streamed_reply.hpp"

#include <viltree/json/writer.hpp>

#include <memory>
#include <utility>

namespace viltree::http {

using core::ErrorKind;

namespace {

ChatPrompt image_prompt(std::string_view image) {
  const PromptImage part{make_segment("data:image/png;base64," + std::string(image)),
                         make_segment("viltree-probe"), make_segment("")};
  return {{part, make_segment(json::escaped(kColour))}, 0};
}

}  // namespace

ChatPrompt text_prompt(std::string_view text) {
  return {{make_segment(json::escaped(text))}, 0};
}

std::optional<Failure> Inquiry::read(const HttpReply& reply, StreamedReply& stream, const Question& question,
                                     Told& told) {
  if (auto failure = check_reply(reply, setup_.context)) {
    if (failure->blame != Blame::kPrefix) return failure;
    told.refusal = failure->error.message;
    return std::nullopt;
  }
  auto parsed =
      reply.streamed ? stream.take() : parse_reply(reply.body, question.n, setup_.writer.options().thinking);
  if (!parsed) {
    Failure failure = failure_of(parsed.error(), setup_.context);
    if (failure.blame != Blame::kPrefix) return failure;
    told.refusal = failure.error.message;
    return std::nullopt;
  }
  told.streamed = reply.streamed;
  if (parsed->choices.empty() && question.n == 1)
    return garbage(setup_.context.url, parsed->lost.front().why);
  told.reply = std::move(*parsed);
  seen_.add(told.reply.usage);
  return std::nullopt;
}

core::Result<Told> Inquiry::ask(const Question& question, Heat heat, std::vector<std::string> stop) {
  WriterOptions options = setup_.writer.options();
  if (heat == Heat::kCold) options.sampling = {0, 1, {}};
  options.sampling.stop = std::move(stop);
  const RequestWriter writer(std::move(options));
  const ChatPrompt prompt =
      !question.image.empty() ? image_prompt(question.image) : text_prompt(question.user);
  // What is odd with a reply may come from its seed, which is another one the next time.
  for (std::uint32_t attempt = 1;; ++attempt) {
    auto stream = std::make_shared<StreamedReply>(question.n, false, writer.options().thinking);
    HttpRequest request;
    request.url = setup_.context.url + std::string(writer.path());
    request.body = writer.write(prompt, make_prefix(question.prefix),
                                {question.n, question.max_tokens, question.seed + attempt - 1, false});
    request.timeout = options_.timeout;
    if (writer.options().stream)
      request.on_event_bytes = [stream](std::string_view bytes) { stream->read(bytes); };
    const auto reply = questioner_.ask(std::move(request));
    if (!reply) return core::fail(ErrorKind::kCancelled, "the policy was stopped");
    Told told;
    const auto failure = read(*reply, *stream, question, told);
    if (!failure && (told.says_something() || attempt > options_.retries)) return told;
    if (!failure) continue;
    if (failure->error.kind != ErrorKind::kTransient || failure->final || attempt > options_.retries)
      return core::fail(failure->error);
    questioner_.pause(backoff_wait(options_.backoff, attempt, failure->wait, 1));
  }
}

}  // namespace viltree::http
