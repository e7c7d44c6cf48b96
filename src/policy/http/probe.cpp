#include "probe.hpp"

#include "continuation_look.hpp"
#include "inquiry.hpp"
#include "thinking_look.hpp"
#include "token_counts.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace viltree::http {

namespace {

using core::ErrorKind;
using FindingKind = policy::Finding::Kind;

constexpr std::string_view kRandom = "Write a random number of twelve digits, and nothing else.";
/// Squares of 256 by 256 pixels, one red and one blue, as PNG: many tokens to every model that sees them.
/// They are no files that a server could read, and go as data URLs.
constexpr std::string_view kRed =
    "iVBORw0KGgoAAAANSUhEUgAAAQAAAAEACAIAAADTED8xAAAB/klEQVR42u3TAQ0AAAgCQWb/zlrABtyNBGyfTcxqN4FiAkAAIAAQAAgA"
    "BAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAAC"
    "AAGAAEAAIAAQAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAg"
    "ABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQA"
    "AgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAkAALkAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGA"
    "AEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAIAAYAAQAAgABAA"
    "CAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAA+"
    "B/qyAQ4DudRTAAAAAElFTkSuQmCC";
constexpr std::string_view kBlue =
    "iVBORw0KGgoAAAANSUhEUgAAAQAAAAEACAIAAADTED8xAAAB/klEQVR42u3TAQ0AAAgCQWb/zlrABtyNBGyfZM1qN4FiAkAAIAAQAAgA"
    "BAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAAC"
    "AAGAAEAAIAAQAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAg"
    "ABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQA"
    "AgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAgABgABAACAAEAAIAAQAAkAALkAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGA"
    "AEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAgABAACAAGAAEAAIAAQAAIAAYAAQAAgABAA"
    "CAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAAEAAIAAYAAQAAgABAACAA+"
    "B/yUAQ4f+EDfAAAAAElFTkSuQmCC";

constexpr std::uint32_t kFewTokens = 10;
constexpr std::uint32_t kLimit = 4;            // tokens of an answer that would be much longer
constexpr std::size_t kMostBytesAtLimit = 64;  // of that
constexpr std::uint32_t kSiblings = 4;
constexpr std::uint32_t kRandomTokens = 24;
constexpr std::uint32_t kManyTokens = 256;  // where few were cut off before they could differ
constexpr std::uint32_t kAsksOfImage = 3;   // once more and with all attempts, before a failure is a no
constexpr std::int64_t kLeastOfImage = 4;   // tokens that the smallest image is to a model
constexpr std::int64_t kMarkOfImage = 16;   // tokens that may be a mark alone, where an image should be

/// What is known of a model's eyes.
struct Sight {
  bool shown = false;                     ///< that it sees
  std::optional<std::string> blind = {};  ///< what shows that it does not
};

/// Of texts that may be cut off.
struct Different {
  std::size_t texts = 0;  ///< 0: refused
  bool cut = false;       ///< one of them
};

bool is_cut(const ParsedReply& reply) {
  return std::any_of(reply.choices.begin(), reply.choices.end(), [](const Choice& choice) {
    return choice.completion.finish != domain::FinishReason::kStop;
  });
}

class Probe {
 public:
  Probe(Questioner& questioner, LaneSetup& setup, const ProbeOptions& options)
      : inquiry_(questioner, setup, options), setup_(setup) {}

  core::Status run() {
    if (auto status = look_at_continuation(inquiry_); !status) return status;
    if (auto status = look_at_thinking(inquiry_); !status) return status;
    if (auto status = look_at_siblings(); !status) return status;
    if (auto status = look_at_stop(); !status) return status;
    if (auto status = look_at_limit(); !status) return status;
    look_at_usage();
    return look_at_images();
  }

 private:
  using Heat = Inquiry::Heat;

  core::Status look_at_siblings();
  core::Result<Different> different_texts(std::uint32_t n, std::uint32_t max_tokens);
  core::Result<std::size_t> different_texts(std::uint32_t n);
  core::Status look_at_stop();
  core::Status look_at_limit();
  void look_at_siblings_counts(const ParsedReply& reply);
  void look_at_usage();
  core::Status look_at_images();
  core::Result<Sight> sight_of(const Told& red);
  core::Result<Sight> sight_by_long_answers();

  [[nodiscard]] core::Result<Told> ask(const Question& question, Heat heat,
                                       std::vector<std::string> stop = {}) {
    return inquiry_.ask(question, heat, std::move(stop));
  }
  void find(FindingKind kind, std::string what, std::string text) {
    inquiry_.find(kind, std::move(what), std::move(text));
  }
  [[nodiscard]] tl::unexpected<core::Error> corrupts(const std::string& what, const std::string& text) {
    return inquiry_.corrupts(what, text);
  }

  Inquiry inquiry_;
  LaneSetup& setup_;
};

/// Hardly a sibling of several can be used.
bool is_mixed_up(const Told& told) {
  return told.streamed && !told.reply.lost.empty() && told.reply.choices.size() < 2;
}

/// How many different texts n siblings have, or those of different seeds where n is 1; 0 where they cannot be
/// told. Who thinks, or is sure how to begin, may begin them alike.
core::Result<std::size_t> Probe::different_texts(std::uint32_t n) {
  auto different = different_texts(n, kRandomTokens);
  if (different && different->texts == 1 && different->cut) different = different_texts(n, kManyTokens);
  if (!different) return core::fail(different.error());
  return different->texts;
}

core::Result<Different> Probe::different_texts(std::uint32_t n, std::uint32_t max_tokens) {
  bool cut = false;
  std::set<std::string> texts;
  if (n > 1) {
    auto told = ask({.user = kRandom, .n = n, .max_tokens = max_tokens}, Heat::kOfTheRun);
    // Of a stream that a proxy has mended one end may be told for all. One odd reply may be chance.
    if (told && is_mixed_up(*told))
      told = ask({.user = kRandom, .n = n, .max_tokens = max_tokens, .seed = 1000}, Heat::kOfTheRun);
    if (!told) return core::fail(told.error());
    if (told->refusal || is_mixed_up(*told)) return Different();
    for (const Choice& choice : told->reply.choices) texts.insert(choice.thoughts + choice.completion.text);
    const auto came = static_cast<std::uint32_t>(told->reply.choices.size() + told->reply.lost.size());
    if (came < n) setup_.choices_per_request = came;
    return Different{texts.size(), is_cut(told->reply)};
  }
  for (std::uint64_t seed = 1; seed <= kSiblings && texts.size() < 2; ++seed) {
    auto told = ask({.user = kRandom, .max_tokens = max_tokens, .seed = seed * 1000}, Heat::kOfTheRun);
    if (!told) return core::fail(told.error());
    if (told->refusal) return Different();
    texts.insert(told->all());
    cut = cut || is_cut(told->reply);
  }
  return Different{texts.size(), cut};
}

core::Status Probe::look_at_siblings() {
  if (setup_.writer.options().sampling.temperature == 0) return {};
  if (setup_.choices_per_request > 1) {
    const std::uint32_t n = std::min(setup_.choices_per_request, kSiblings);
    const auto different = different_texts(n);
    if (!different) return core::fail(different.error());
    if (*different > 1) {
      if (setup_.choices_per_request >= n) {
        find(FindingKind::kGood, "siblings", "several come with one request, and differ");
      } else {
        find(FindingKind::kCosts, "siblings",
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
  find(FindingKind::kCosts, "siblings", "one comes with each request, so that the prompt is sent for each");
  return {};
}

core::Status Probe::look_at_stop() {
  if (setup_.writer.options().sampling.stop.empty()) return {};
  auto told = ask({.user = kCount, .prefix = "1, 2, 3", .max_tokens = kFewTokens}, Heat::kCold, {"5"});
  if (!told) return core::fail(told.error());
  if (told->refusal) {
    find(FindingKind::kCosts, "stop strings", "refused: " + *told->refusal);
  } else if (told->text().find('5') != std::string::npos) {
    find(FindingKind::kCosts, "stop strings",
         "they do not end a text, which is cut here: what comes after them is paid for");
  } else if (told->text().find('4') != std::string::npos && !is_cut(told->reply)) {
    find(FindingKind::kGood, "stop strings", "they end a text");
  } else {
    find(FindingKind::kCosts, "stop strings",
         "whether they end a text was not found out: the model did not count on, but wrote \"" +
             core::printable(told->text().substr(0, 40)) + "\". Here a text is cut in any case");
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
    find(FindingKind::kCosts, "token counts",
         "the usage counts one sibling of several (" + numbers +
             "): one is asked for with each request, so that the prompt is sent for each");
  } else {
    find(FindingKind::kCosts, "token counts",
         "the usage counts less than came (" + numbers +
             "): where it cannot be right, a completion is taken to have as many tokens as it can have at "
             "most");
  }
}

void Probe::look_at_usage() {
  const domain::Usage& seen = inquiry_.seen();
  setup_.tells_cached = seen.cached_tokens.has_value();
  if (!seen.prompt_tokens || !seen.completion_tokens) {
    find(FindingKind::kCosts, "usage", "tokens are not counted: costs and budgets stay unknown");
  } else if (!seen.cached_tokens) {
    find(FindingKind::kCosts, "usage",
         "tokens are counted, but not those from the prefix cache: what the cache saves stays unknown (vLLM: "
         "--enable-prompt-tokens-details; SGLang: --enable-cache-report)");
  } else {
    find(FindingKind::kGood, "usage", "tokens are counted, those from the prefix cache too");
  }
}

core::Status Probe::look_at_images() {
  if (!setup_.takes_images) {
    const bool raw = setup_.writer.options().continuation == Continuation::kRaw;
    find(raw ? FindingKind::kGood : FindingKind::kCosts, "images",
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
    find(FindingKind::kCosts, "images",
         "a question with an image fails again and again, so that problems with images are put aside: " +
             told.error().message);
    return {};
  }
  if (!told) return core::fail(told.error());
  setup_.takes_images = !told->refusal;
  if (told->refusal) {
    find(FindingKind::kGood, "images",
         "not taken, so that problems with images are put aside: " + *told->refusal);
    return {};
  }
  const auto sight = sight_of(*told);
  if (!sight) return core::fail(sight.error());
  if (sight->blind) {
    setup_.takes_images = false;
    find(FindingKind::kCosts, "images",
         "taken, and not seen, so that problems with images are put aside: " + *sight->blind);
  } else if (setup_.writer.options().images == ImageMode::kFile) {
    find(FindingKind::kCosts, "images",
         "as data URLs they are taken; file:// URLs were not tried: see that the server may read " +
             core::printable(setup_.writer.options().media_path) +
             ", or problems with images will be refused");
  } else {
    find(FindingKind::kGood, "images",
         sight->shown ? "they are seen" : "they are taken; whether they are seen was not found out");
  }
  return {};
}

/// A server may take images and give the model none. `red`: what came of a red one.
core::Result<Sight> Probe::sight_of(const Told& red) {
  const auto blue = ask({.user = kColour, .max_tokens = kFewTokens, .image = kBlue}, Heat::kCold);
  const auto none = ask({.user = kColour, .max_tokens = kFewTokens}, Heat::kCold);
  for (const auto* told : {&blue, &none}) {
    if (!*told) return core::fail((*told).error());
    if ((*told)->refusal) return Sight();
  }
  if (red.all() != blue->all()) return Sight{.shown = true};
  const auto tokens = [](const Told& told) { return told.reply.usage.prompt_tokens; };
  if (tokens(red) && tokens(*none)) {
    const auto added = static_cast<std::int64_t>(*tokens(red)) - static_cast<std::int64_t>(*tokens(*none));
    if (added < kLeastOfImage)
      return Sight{.blind = "a question has as many tokens with an image as without"};
    if (added >= kMarkOfImage) return Sight{.shown = true};
  }
  return sight_by_long_answers();
}

/// Short ones may begin alike; those that ended by themselves say what is seen.
core::Result<Sight> Probe::sight_by_long_answers() {
  const auto red = ask({.user = kColour, .max_tokens = kManyTokens, .image = kRed}, Heat::kCold);
  const auto blue = ask({.user = kColour, .max_tokens = kManyTokens, .image = kBlue}, Heat::kCold);
  for (const auto* told : {&red, &blue}) {
    if (!*told) return core::fail((*told).error());
    if ((*told)->refusal) return Sight();
  }
  if (red->all() != blue->all()) return Sight{.shown = true};
  if (is_cut(red->reply) || is_cut(blue->reply)) return Sight();
  return Sight{.blind = "a red image and a blue one got the same answer, \"" +
                        core::printable(red->text().substr(0, 40)) + "\""};
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
