#include "probe.hpp"

#include "reply.hpp"
#include "streamed_reply.hpp"
#include "token_counts.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace viltree::http {

namespace {

using core::ErrorKind;
using Kind = policy::Finding::Kind;

constexpr std::string_view kCount =
    "Count from 1 to 30 in digits, with a comma and a blank between two numbers.";
constexpr std::string_view kCounted = "1, 2, 3, 4, 5, 6, 7, 8, 9, 1";  // then 0, and so on
constexpr std::string_view kRandom = "Write a random number of twelve digits, and nothing else.";
constexpr std::string_view kSeven = "seven seven seven seven seven seven seven seven ";
constexpr std::string_view kManyBlanks = " \n \n \n \n \n ";
constexpr std::string_view kColour = "Which colour has this image? Answer with one word.";
/// Squares of 64 by 64 pixels, one red and one blue, as PNG. They are no files that a server could read, and
/// go as data URLs.
constexpr std::string_view kRed =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAATUlEQVR42u3PQQkAAAgAseuf0TBG8C0MVmBNvZaAgICAgICA"
    "gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAwGUBYffAxH86nSMAAAAASUVORK5CYII=";
constexpr std::string_view kBlue =
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAATElEQVR42u3PQQkAAAgAseuf0TBG8C0MVmDVPCcgICAgICAg"
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgcFjgU8DE15lJiwAAAABJRU5ErkJggg==";

constexpr std::uint32_t kFewTokens = 10;
constexpr std::uint32_t kLimit = 4;            // tokens of an answer that would be much longer
constexpr std::size_t kMostBytesAtLimit = 64;  // of that
constexpr std::uint32_t kSiblings = 4;
constexpr std::uint32_t kRandomTokens = 24;
constexpr std::int64_t kTokensOfTurn = 3;  // that closing a turn and opening another costs, at least
constexpr std::uint32_t kAsksOfImage = 3;  // once more and with all attempts, before a failure is a no
constexpr std::int64_t kLeastOfImage = 4;  // tokens that the smallest image is to a model
constexpr std::int64_t kMarkOfImage = 16;  // tokens that may be a mark alone, where an image should be

ChatPrompt text_prompt(std::string_view text) {
  return {{make_segment(json::escaped(text))}, 0};
}

ChatPrompt image_prompt(std::string_view image) {
  const PromptImage part{make_segment("data:image/png;base64," + std::string(image)),
                         make_segment("viltree-probe"), make_segment("")};
  return {{part, make_segment(json::escaped(kColour))}, 0};
}

struct Question {
  std::string_view user;
  std::string_view prefix = {};
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 1;
  std::uint64_t seed = 1;
  std::string_view image = {};  ///< base64
};

/// The reply, or a refusal of the question itself.
struct Told {
  ParsedReply reply;
  std::optional<std::string> refusal;
  bool streamed = false;

  [[nodiscard]] const std::string& text() const { return reply.choices.front().completion.text; }
  /// False where all that came is nothing, which shows nothing of the server.
  [[nodiscard]] bool says_something() const {
    return refusal || std::any_of(reply.choices.begin(), reply.choices.end(),
                                  [](const Choice& choice) { return !choice.completion.text.empty(); });
  }
};

class Probe {
 public:
  Probe(Questioner& questioner, LaneSetup& setup, const ProbeOptions& options)
      : questioner_(questioner), setup_(setup), options_(options) {}

  core::Status run() {
    if (auto status = look_at_continuation(); !status) return status;
    if (auto status = look_at_siblings(); !status) return status;
    if (auto status = look_at_stop(); !status) return status;
    if (auto status = look_at_limit(); !status) return status;
    look_at_usage();
    return look_at_images();
  }

 private:
  using Result = core::Result<Told>;

  enum class Heat { kCold, kOfTheRun };
  Result ask(const Question& question, Heat heat, std::vector<std::string> stop = {});
  std::optional<Failure> read(const HttpReply& reply, StreamedReply& stream, const Question& question,
                              Told& told);

  core::Status look_at_continuation();
  core::Result<std::optional<std::string>> closed_turn(const std::string& text);
  core::Status look_at_trimming();
  core::Status look_at_siblings();
  core::Result<std::size_t> different_texts(std::uint32_t n);
  core::Status look_at_stop();
  core::Status look_at_limit();
  void look_at_siblings_counts(const ParsedReply& reply);
  void look_at_usage();
  core::Status look_at_images();
  core::Result<std::optional<std::string>> why_blind(const Told& red);

  void find(Kind kind, std::string what, std::string text) {
    setup_.findings.push_back({kind, std::move(what), std::move(text)});
  }
  tl::unexpected<core::Error> corrupts(const std::string& what, const std::string& text) {
    find(Kind::kCorrupts, what, text);
    return core::fail(ErrorKind::kInvalidInput, setup_.context.url + ": " + what + ": " + text);
  }

  Questioner& questioner_;
  LaneSetup& setup_;
  const ProbeOptions& options_;
  domain::Usage seen_;
};

std::optional<Failure> Probe::read(const HttpReply& reply, StreamedReply& stream, const Question& question,
                                   Told& told) {
  if (auto failure = check_reply(reply, setup_.context)) {
    if (failure->blame != Blame::kPrefix) return failure;
    told.refusal = failure->error.message;
    return std::nullopt;
  }
  auto parsed = reply.streamed ? stream.take() : parse_reply(reply.body, question.n);
  if (!parsed) {
    Failure failure = failure_of(parsed.error(), setup_.context);
    if (failure.blame != Blame::kPrefix) return failure;
    told.refusal = failure.error.message;
    return std::nullopt;
  }
  told.streamed = reply.streamed;
  if (parsed->choices.empty()) return garbage(setup_.context.url, parsed->lost.front().why);
  told.reply = std::move(*parsed);
  seen_.add(told.reply.usage);
  return std::nullopt;
}

Probe::Result Probe::ask(const Question& question, Heat heat, std::vector<std::string> stop) {
  WriterOptions options = setup_.writer.options();
  if (heat == Heat::kCold) options.sampling = {0, 1, {}};
  options.sampling.stop = std::move(stop);
  const RequestWriter writer(std::move(options));
  const ChatPrompt prompt =
      !question.image.empty() ? image_prompt(question.image) : text_prompt(question.user);
  // What is odd with a reply may come from its seed, which is another one the next time.
  for (std::uint32_t attempt = 1;; ++attempt) {
    auto stream = std::make_shared<StreamedReply>(question.n);
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

core::Status Probe::look_at_continuation() {
  if (setup_.writer.options().continuation == Continuation::kReprompt) {
    find(Kind::kCosts, "continuation",
         "the model is asked to go on (reprompt): another distribution than a continuation's, which every "
         "row says");
    return {};
  }
  auto told = ask({.user = kCount, .prefix = kCounted, .max_tokens = kFewTokens}, Heat::kCold);
  if (!told) return core::fail(told.error());
  if (told->refusal) {
    return corrupts("continuation",
                    "it refuses to go on from a prefix (" + *told->refusal +
                        "): the model's chat template must allow a last message of role assistant");
  }
  std::string text = told->text();
  bool& repeats_prefix = told->streamed ? setup_.repeats_prefix_in_streams : setup_.repeats_prefix;
  repeats_prefix = text.starts_with(kCounted);
  if (repeats_prefix) text.erase(0, kCounted.size());
  auto turn = closed_turn(text);
  if (!turn) return core::fail(turn.error());
  if (*turn) return corrupts("continuation", **turn);
  return look_at_trimming();
}

/// Why the text cannot be a continuation of the list; none where all is well.
core::Result<std::optional<std::string>> Probe::closed_turn(const std::string& text) {
  using Found = std::optional<std::string>;
  if (text.starts_with('0')) {
    find(Kind::kGood, "continuation",
         "it goes on from the last byte of a prefix" +
             std::string(setup_.repeats_prefix || setup_.repeats_prefix_in_streams
                             ? " (and repeats the prefix, which is taken off)"
                             : ""));
    return Found();
  }
  const std::string closed = "it does not go on from the last byte of a prefix: after \"… 8, 9, 1\" came \"" +
                             core::printable(text.substr(0, 40)) + "\". ";
  auto fresh = ask({.user = kCount, .max_tokens = kFewTokens}, Heat::kCold);
  auto once = ask({.user = kCount, .prefix = kSeven}, Heat::kCold);
  auto twice = ask({.user = kCount, .prefix = std::string(kSeven) + std::string(kSeven)}, Heat::kCold);
  for (const auto* told : {&fresh, &once, &twice}) {
    if (!*told) return core::fail(told->error());
    if ((*told)->refusal) return Found(closed);
  }
  if (!text.empty() && fresh->text().starts_with(text.substr(0, 4)))
    return Found(closed + "That is how it begins without a prefix: is the dialect right?");
  const auto& none = fresh->reply.usage.prompt_tokens;
  const auto& first = once->reply.usage.prompt_tokens;
  const auto& second = twice->reply.usage.prompt_tokens;
  if (!none || !first || !second)
    return Found(closed + "Nothing shows that it saw the prefix: is the dialect right?");
  const auto of = [](const std::optional<std::uint64_t>& tokens) {
    return static_cast<std::int64_t>(*tokens);
  };
  if (of(first) - of(none) - (of(second) - of(first)) >= kTokensOfTurn)
    return Found(closed +
                 "Its prompt has the tokens of another turn after the prefix: is the dialect right?");
  find(Kind::kGood, "continuation",
       "by the tokens of its prompts it goes on from a prefix (asked to count on, the model wrote \"" +
           core::printable(text.substr(0, 20)) + "\")");
  return Found();
}

/// Blanks at the end of a prefix must stay there.
core::Status Probe::look_at_trimming() {
  auto bare = ask({.user = kCount, .prefix = "seven seven"}, Heat::kCold);
  auto blanks = ask({.user = kCount, .prefix = "seven seven" + std::string(kManyBlanks)}, Heat::kCold);
  for (const auto* told : {&bare, &blanks}) {
    if (!*told) return core::fail(told->error());
    if ((*told)->refusal || !(*told)->reply.usage.prompt_tokens) return {};
  }
  if (*blanks->reply.usage.prompt_tokens > *bare->reply.usage.prompt_tokens) return {};
  return corrupts("continuation",
                  "it trims the blanks at the end of a prefix, so that steps would be joined wrongly: "
                  "change the model's chat template, or use raw prompts (dialect tgi or "
                  "llama-cpp-python, with chat_template)");
}

/// How many different texts n siblings have.
core::Result<std::size_t> Probe::different_texts(std::uint32_t n) {
  std::set<std::string> texts;
  if (n > 1) {
    auto told = ask({.user = kRandom, .n = n, .max_tokens = kRandomTokens}, Heat::kOfTheRun);
    if (!told) return core::fail(told.error());
    if (told->refusal) return 0;
    for (const Choice& choice : told->reply.choices) texts.insert(choice.completion.text);
    const auto came = static_cast<std::uint32_t>(told->reply.choices.size() + told->reply.lost.size());
    if (came < n) setup_.choices_per_request = came;
    return texts.size();
  }
  for (std::uint64_t seed = 1; seed <= kSiblings && texts.size() < 2; ++seed) {
    auto told = ask({.user = kRandom, .max_tokens = kRandomTokens, .seed = seed * 1000}, Heat::kOfTheRun);
    if (!told) return core::fail(told.error());
    if (told->refusal) return 0;
    texts.insert(told->text());
  }
  return texts.size();
}

core::Status Probe::look_at_siblings() {
  if (setup_.writer.options().sampling.temperature == 0) return {};
  if (setup_.choices_per_request > 1) {
    const std::uint32_t n = std::min(setup_.choices_per_request, kSiblings);
    const auto different = different_texts(n);
    if (!different) return core::fail(different.error());
    if (*different > 1) {
      if (setup_.choices_per_request >= n) {
        find(Kind::kGood, "siblings", "several come with one request, and differ");
      } else {
        find(Kind::kCosts, "siblings",
             std::to_string(setup_.choices_per_request) +
                 " come with one request, however many are asked for");
      }
      return {};
    }
    setup_.choices_per_request = 1;
  }
  const auto different = different_texts(1);
  if (!different) return core::fail(different.error());
  if (*different < 2) {
    return corrupts(
        "siblings",
        "its answers to different seeds are the same at the run's temperature: switch off what makes it "
        "deterministic, or raise policy.temperature");
  }
  find(Kind::kCosts, "siblings", "one comes with each request, so that the prompt is sent for each");
  return {};
}

core::Status Probe::look_at_stop() {
  if (setup_.writer.options().sampling.stop.empty()) return {};
  auto told = ask({.user = kCount, .prefix = "1, 2, 3", .max_tokens = kFewTokens}, Heat::kCold, {"5"});
  if (!told) return core::fail(told.error());
  if (told->refusal) {
    find(Kind::kCosts, "stop strings", "refused: " + *told->refusal);
  } else if (told->text().find('5') != std::string::npos) {
    find(Kind::kCosts, "stop strings",
         "they do not end a text, which is cut here: what comes after them is paid for");
  } else {
    find(Kind::kGood, "stop strings", "they end a text");
  }
  return {};
}

/// What is asked for at most must be the most that comes, and be counted: budgets rest on both.
core::Status Probe::look_at_limit() {
  const bool greedy = setup_.writer.options().sampling.temperature == 0;
  const std::uint32_t n = greedy ? 1 : std::min(setup_.choices_per_request, kSiblings);
  auto told = ask({.user = kCount, .n = n, .max_tokens = kLimit}, Heat::kOfTheRun);
  if (!told) return core::fail(told.error());
  if (told->refusal) return {};
  const ParsedReply& reply = told->reply;
  const std::uint64_t choices = reply.choices.size() + reply.lost.size();
  const std::uint64_t counted = reply.usage.completion_tokens.value_or(0);
  std::size_t longest = 0;
  for (const Choice& choice : reply.choices) longest = std::max(longest, choice.completion.text.size());
  if (longest > kMostBytesAtLimit || counted > choices * (kLimit + kFewTokensMore)) {
    return corrupts(
        "length limit",
        "it does not heed it: asked for " + std::to_string(kLimit) + " tokens at most, " +
            (counted > 0 ? std::to_string(counted) + " tokens" : std::to_string(longest) + " bytes") +
            " came, so that no budget would hold, and no answer be truncated. Update the server or the "
            "proxy before it; one that heeds max_completion_tokens alone is asked so with the endpoint's "
            "dialect: openai. (policy.probe: false goes on all the same: what is too long then counts "
            "in full)");
  }
  if (reply.usage.completion_tokens) look_at_siblings_counts(reply);
  return {};
}

/// A choice that ended at the limit has so many tokens; any other text has one at least.
void Probe::look_at_siblings_counts(const ParsedReply& reply) {
  std::uint64_t least = 0;
  for (const Choice& choice : reply.choices) {
    const bool at_limit = choice.completion.finish == domain::FinishReason::kLength;
    if (!choice.completion.text.empty()) least += at_limit ? kLimit : 1;
  }
  const std::uint64_t counted = *reply.usage.completion_tokens;
  if (counted >= least) return;
  const std::string numbers =
      std::to_string(counted) + " tokens counted, of " + std::to_string(least) + " at least";
  if (reply.choices.size() > 1) {
    setup_.choices_per_request = 1;
    find(Kind::kCosts, "token counts",
         "the usage counts one sibling of several (" + numbers +
             "): one is asked for with each request, so that the prompt is sent for each");
  } else {
    find(Kind::kCosts, "token counts",
         "the usage counts less than came (" + numbers +
             "): where it cannot be right, an answer is taken to have as many tokens as it can have at most");
  }
}

void Probe::look_at_usage() {
  if (!seen_.prompt_tokens || !seen_.completion_tokens) {
    find(Kind::kCosts, "usage", "tokens are not counted: costs and budgets stay unknown");
  } else if (!seen_.cached_tokens) {
    find(Kind::kCosts, "usage",
         "tokens are counted, but not those from the prefix cache: what the cache saves stays unknown (vLLM: "
         "--enable-prompt-tokens-details; SGLang: --enable-cache-report)");
  } else {
    find(Kind::kGood, "usage", "tokens are counted, those from the prefix cache too");
  }
}

core::Status Probe::look_at_images() {
  if (!setup_.takes_images) {
    const bool raw = setup_.writer.options().continuation == Continuation::kRaw;
    find(raw ? Kind::kGood : Kind::kCosts, "images",
         std::string(raw ? "raw prompts are text alone" : "the server's list says that it takes none") +
             ": problems with images are put aside");
    return {};
  }
  const Question question{.user = kColour, .max_tokens = kFewTokens, .image = kRed};
  auto told = ask(question, Heat::kCold);
  const auto failed = [&] { return !told && told.error().kind == ErrorKind::kTransient; };
  for (std::uint32_t again = 0; failed() && again < kAsksOfImage; ++again) told = ask(question, Heat::kCold);
  if (failed()) {
    // Some servers fail in other ways than by saying no.
    setup_.takes_images = false;
    find(Kind::kCosts, "images",
         "a question with an image fails again and again, so that problems with images are put aside: " +
             told.error().message);
    return {};
  }
  if (!told) return core::fail(told.error());
  setup_.takes_images = !told->refusal;
  if (told->refusal) {
    find(Kind::kGood, "images", "not taken, so that problems with images are put aside: " + *told->refusal);
    return {};
  }
  const auto blind = why_blind(*told);
  if (!blind) return core::fail(blind.error());
  if (*blind) {
    setup_.takes_images = false;
    find(Kind::kCosts, "images",
         "taken, and not seen, so that problems with images are put aside: " + **blind);
  } else if (setup_.writer.options().images == ImageMode::kFile) {
    find(Kind::kCosts, "images",
         "as data URLs they are taken; file:// URLs were not tried: see that the server may read " +
             core::printable(setup_.writer.options().media_path) +
             ", or problems with images will be refused");
  } else {
    find(Kind::kGood, "images", "they are seen");
  }
  return {};
}

/// What shows that a server takes images and gives the model none; none where nothing does. `red`: what came
/// of a red one.
core::Result<std::optional<std::string>> Probe::why_blind(const Told& red) {
  using Found = std::optional<std::string>;
  const auto blue = ask({.user = kColour, .max_tokens = kFewTokens, .image = kBlue}, Heat::kCold);
  const auto none = ask({.user = kColour, .max_tokens = kFewTokens}, Heat::kCold);
  for (const auto* told : {&blue, &none}) {
    if (!*told) return core::fail((*told).error());
    if ((*told)->refusal) return Found();
  }
  if (red.text() != blue->text()) return Found();
  const auto tokens = [](const Told& told) { return told.reply.usage.prompt_tokens; };
  std::optional<std::int64_t> added;
  if (tokens(red) && tokens(*none))
    added = static_cast<std::int64_t>(*tokens(red)) - static_cast<std::int64_t>(*tokens(*none));
  if (added && *added < kLeastOfImage) return Found("a question has as many tokens with an image as without");
  if (tokens(red) != tokens(*blue) || added.value_or(0) >= kMarkOfImage) return Found();
  return Found("a red image and a blue one got the same answer, \"" +
               core::printable(red.text().substr(0, 40)) + "\"");
}

}  // namespace

core::Status probe(Questioner& questioner, LaneSetup& setup, const ProbeOptions& options) {
  return Probe(questioner, setup, options).run();
}

HttpRequest canary_request(const LaneSetup& setup, std::chrono::milliseconds timeout) {
  WriterOptions options = setup.writer.options();
  options.stream = false;
  const RequestWriter writer(std::move(options));
  HttpRequest request;
  request.url = setup.context.url + std::string(writer.path());
  request.body = writer.write(text_prompt(kCount), make_prefix({}), {1, 1, 1, false});
  request.timeout = timeout;
  return request;
}

}  // namespace viltree::http
