#include "sample_job.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>

namespace viltree::http {

namespace {

const ChatPrompt& chat_prompt(const policy::Sample& sample) {
  const auto* prompt = dynamic_cast<const ChatPrompt*>(sample.prompt.get());
  VILTREE_CHECK(prompt != nullptr);
  return *prompt;
}

Failure to_failure(const AnswerDefect& defect, const std::string& url) {
  switch (defect.kind) {
    case AnswerDefect::Kind::kGarbage:
      break;
    case AnswerDefect::Kind::kNoChoices:
      return {{core::ErrorKind::kInvalidInput, url + ": " + defect.what}, true, {}};
    case AnswerDefect::Kind::kSplitReasoning:
    case AnswerDefect::Kind::kOtherPrefix:
      return {{core::ErrorKind::kInvalidInput, url + ": " + defect.what}, false, {}};
  }
  return garbage(url, defect.what);
}

}  // namespace

/// One request for siblings first … first + count - 1.
class SampleJob::ChatCall final : public Call {
 public:
  ChatCall(std::shared_ptr<SampleJob> job, std::uint32_t first, std::uint32_t count)
      : job_(std::move(job)), first_(first), count_(count) {}

  HttpRequest request() const override {
    const policy::Sample& sample = job_->sample_;
    const ChatDraw draw{count_, sample.max_tokens, sample.seed + first_};
    const ChatSetup& setup = *job_->setup_;
    return {setup.url, setup.writer.write(chat_prompt(sample), job_->prefix_, draw), setup.timeout};
  }

  std::uint32_t sequences() const override { return count_; }
  std::uint32_t retries() const override { return job_->setup_->retries; }
  bool is_wanted() const override { return !job_->error_; }

  std::optional<Failure> accept(HttpReply reply) override {
    const ReplyContext& context = job_->setup_->context;
    if (auto failure = check_reply(reply, context)) return failure;
    auto answer = parse_chat_answer(reply.body, count_);
    if (answer && context.dialect->repeats_prefix) {
      answer = without_prefix(std::move(*answer), job_->sample_.prefix);
    }
    if (!answer) return to_failure(answer.error(), context.url);
    received_ = static_cast<std::uint32_t>(answer->completions.size());
    job_->take(first_, std::move(*answer));
    return std::nullopt;
  }

  void finish(core::Status status) override {
    --job_->calls_;
    if (!status) job_->fail(status.error());
    // A server that gives fewer than asked is asked for as many as it gives.
    if (status && received_ < count_ && is_wanted())
      job_->ask(first_ + received_, count_ - received_, received_);
    job_->answer_when_done();
  }

 private:
  std::shared_ptr<SampleJob> job_;
  std::uint32_t first_;
  std::uint32_t count_;
  std::uint32_t received_ = 0;
};

SampleJob::SampleJob(Client& client, std::shared_ptr<const ChatSetup> setup, policy::Sample sample,
                     policy::OnAnswer on_answer)
    : client_(client),
      setup_(std::move(setup)),
      sample_(std::move(sample)),
      on_answer_(std::move(on_answer)) {
  VILTREE_CHECK(sample_.n > 0);
  static_cast<void>(chat_prompt(sample_));
  answer_.model = setup_->writer.model();
  answer_.completions.resize(sample_.n);
  if (core::is_utf8(sample_.prefix)) {
    prefix_ = ChatRequestWriter::write_prefix(sample_.prefix);
  } else {
    error_ = core::Error{core::ErrorKind::kPermanent, "the prefix is no UTF-8, so it cannot be sent"};
  }
}

void SampleJob::start() {
  if (!error_) ask(0, sample_.n, setup_->choices_per_request);
  answer_when_done();
}

void SampleJob::ask(std::uint32_t first, std::uint32_t count, std::uint32_t per_request) {
  for (std::uint32_t at = 0; at < count; at += per_request) {
    ++calls_;
    const std::uint32_t siblings = std::min(per_request, count - at);
    client_.submit(std::make_unique<ChatCall>(shared_from_this(), first + at, siblings));
  }
}

void SampleJob::take(std::uint32_t first, ChatAnswer answer) {
  std::move(answer.completions.begin(), answer.completions.end(), answer_.completions.begin() + first);
  answer_.usage.add(answer.usage);
}

void SampleJob::fail(const core::Error& error) {
  if (!error_) error_ = error;
}

void SampleJob::answer_when_done() {
  if (calls_ > 0) return;
  const policy::OnAnswer on_answer = std::move(on_answer_);
  if (error_) return on_answer(core::fail(std::move(*error_)));
  on_answer(std::move(answer_));
}

}  // namespace viltree::http
