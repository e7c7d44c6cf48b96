#include "sample_job.hpp"

#include "context_limit.hpp"
#include "restatement.hpp"
#include "streamed_reply.hpp"
#include "thinking.hpp"
#include "thinking_look.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace viltree::http {

namespace {

using Why = policy::Uncompleted::Why;

constexpr std::uint64_t kBytesOfToken = 4;
constexpr std::uint32_t kMostShortened = 3;
constexpr std::uint32_t kAttempts = 3;  // at siblings of which nothing can be used

PromptPtr chat_prompt(const policy::Sample& sample) {
  auto prompt = std::dynamic_pointer_cast<const ChatPrompt>(sample.prompt);
  VILTREE_CHECK(prompt != nullptr);
  return prompt;
}

/// As the server counted, or else as its choices did.
domain::Usage usage_of(const ParsedReply& parsed) {
  domain::Usage usage = parsed.usage;
  if (usage.completion_tokens || !parsed.lost.empty()) return usage;
  std::uint64_t sum = 0;
  for (const Choice& choice : parsed.choices) {
    if (!choice.completion.tokens) return usage;
    sum += *choice.completion.tokens;
  }
  usage.completion_tokens = sum;
  return usage;
}

/// As counted, or else as the texts suggest; the longest as its share of the texts does.
ReplySize size_of(const ParsedReply& parsed) {
  std::uint64_t bytes = 0;
  std::uint64_t longest = 0;
  for (const Choice& choice : parsed.choices) {
    const std::uint64_t size = choice.completion.text.size() + choice.thoughts.size() + kBytesOfToken;
    bytes += size;
    longest = std::max(longest, size);
  }
  const std::uint64_t tokens = parsed.usage.completion_tokens.value_or(bytes / kBytesOfToken);
  const domain::Usage usage = usage_of(parsed);
  std::optional<std::uint64_t> counted;
  if (usage.prompt_tokens && usage.completion_tokens)
    counted = *usage.prompt_tokens + *usage.completion_tokens;
  return {tokens, tokens * longest / std::max<std::uint64_t>(bytes, 1), counted};
}

bool says_the_same(const Choice& a, const Choice& b) {
  return a.completion.text == b.completion.text && a.thoughts == b.thoughts;
}

bool are_all_the_same(const ParsedReply& parsed) {
  const auto& choices = parsed.choices;
  return choices.size() > 1 && std::all_of(choices.begin(), choices.end(), [&](const Choice& choice) {
           return says_the_same(choice, choices.front());
         });
}

ReplyDefect opened_thoughts() {
  return {ReplyDefect::Kind::kOpenedThoughts,
          "a text ends thoughts that the chat template has begun, which it does not where it goes on from a "
          "prefix: set policy.thinking to drop, or switch thinking off (" +
              std::string(kNoThinking) + ")"};
}

const std::string& model_of(const Lane& lane) {
  return lane.setup()->writer.options().model;
}

Why why_of(core::ErrorKind kind) {
  switch (kind) {
    case core::ErrorKind::kInvalidInput:
      return Why::kRefusesUs;
    case core::ErrorKind::kCancelled:
      return Why::kStopped;
    case core::ErrorKind::kTransient:
      return Why::kGaveUp;
    default:
      return Why::kRefused;
  }
}

}  // namespace

/// One request for siblings first … first + count - 1, or for one of them once more.
class SampleJob::SampleCall : public Call {
 public:
  SampleCall(std::shared_ptr<SampleJob> job, std::uint32_t first, std::uint32_t count)
      : job_(std::move(job)), first_(first), count_(count) {}

  std::size_t model() const override { return job_->model_; }
  const PromptPtr& prompt() const override { return job_->prompt_; }
  std::uint32_t sequences() const override { return count_; }
  std::uint64_t prompt_tokens() const override {
    return prompt()->tokens() + estimated_tokens(job_->prefix_->size());
  }
  std::uint64_t most_tokens() const override { return job_->sample_.max_tokens; }
  bool has_prefix() const override { return !job_->sample_.prefix.empty(); }
  std::uint32_t held_up() const override { return (job_->sample_.n + job_->calls_ - 1) / job_->calls_; }
  bool is_wanted() const override { return !job_->error_; }
  std::uint32_t ended() const override { return stream_ ? stream_->ended() : 0; }
  ReplySize size() const override { return size_; }

  void fit(std::uint32_t sequences, const Lane& lane) override {
    if (sequences >= count_) return;
    ++job_->calls_;
    job_->dispatcher_.submit_first(std::make_unique<SampleCall>(job_, first_ + sequences, count_ - sequences),
                                   lane);
    count_ = sequences;
  }

  HttpRequest request(const Lane& lane) override {
    const LaneSetup& setup = *lane.setup();
    const policy::Sample& sample = job_->sample_;
    by_name_ = setup.writer.options().images == ImageMode::kUuid &&
               homes().has_images(prompt(), lane.options().number);
    max_tokens_ = sample.max_tokens;
    const RequestDraw draw{count_, max_tokens_, server_seed(sample.seed) + first_, by_name_};
    HttpRequest request;
    request.url = setup.context.url + std::string(setup.writer.path());
    request.body = setup.writer.write(*prompt(), job_->prefix_, draw);
    request.timeout = job_->setup_->timeout;
    if (job_->setup_->stream) {
      stream_ = std::make_shared<StreamedReply>(count_, lane.tells_usage(), job_->setup_->thinking);
      request.stall = job_->setup_->stall;
      request.on_event_bytes = [stream = stream_](std::string_view bytes) { stream->read(bytes); };
    }
    return request;
  }

  std::optional<Failure> accept(HttpReply reply, Lane& lane) override {
    all_lost_.reset();
    const LaneSetup& setup = *lane.setup();
    if (auto failure = check_reply(reply, setup.context)) {
      // What had ended before the reply broke off is paid for, and whole.
      if (!reply.error || stream_ == nullptr || !stream_->worth_keeping()) return failure;
      lane.count_failure();
    }
    auto parsed = read(reply, setup);
    if (!parsed) return failure_of(parsed.error(), setup.context);
    if (parsed->usage.completion_tokens) lane.note_usage();
    lane.checked_counts(check_counts(*parsed, max_tokens_), max_tokens_);
    job_->pay(*parsed, model_of(lane));
    if (!parsed->lost.empty()) lane.lost_siblings(parsed->lost);
    cut_at_stop(*parsed, job_->setup_->stop);
    if (setup.writer.options().logprobs) note_decisions(*parsed);
    size_ = size_of(*parsed);
    if (auto defect = mend(*parsed, lane)) return failure_of(*defect, setup.context);
    if (parsed->choices.empty()) {
      all_lost_ = parsed->lost.front().why;
      return all_lost(*parsed, setup.context.url);
    }
    if (prompt()->has_images() && !by_name_) homes().note_images(prompt(), lane.options().number);
    deliver(std::move(*parsed), lane);
    return std::nullopt;
  }

  bool has_remedy(const Failure& failure, const Lane& lane) override {
    // Chance may have lost the siblings; what their seeds bring about comes again.
    if (failure.blame == Blame::kSiblings) return ++attempts_ < kAttempts && job_->spend(count_);
    if (failure.too_long && fits_when_shorter(failure.error.message)) return true;
    // A server that has forgotten an image gets it again.
    if (failure.blame != Blame::kPrefix || !std::exchange(by_name_, false)) return false;
    homes().forget_images(prompt(), lane.options().number);
    return true;
  }

  void finish(core::Status status) override {
    --job_->calls_;
    if (!status) {
      if (all_lost_ && status.error().kind == core::ErrorKind::kPermanent) {
        give_up(*all_lost_);
      } else {
        job_->fail(status.error());
      }
    }
    job_->answer_when_done();
  }

 protected:
  virtual void deliver(ParsedReply parsed, Lane&) { job_->take(first_, count_, std::move(parsed)); }
  virtual void give_up(const std::string& why) { job_->lose(first_, count_, why); }

  std::shared_ptr<SampleJob> job_;
  std::uint32_t first_;

 private:
  [[nodiscard]] Homes& homes() const { return job_->dispatcher_.homes(); }

  [[nodiscard]] ReplyResult read(const HttpReply& reply, const LaneSetup& setup) const {
    auto parsed = reply.streamed ? stream_->take() : parse_reply(reply.body, count_, job_->setup_->thinking);
    const bool repeats = reply.streamed ? setup.repeats_prefix_in_streams : setup.repeats_prefix;
    if (!parsed || !repeats) return parsed;
    return without_prefix(std::move(*parsed), job_->sample_.prefix);
  }

  /// A model may think before its solution, and repeat the prefix that it was shown. What has come of one
  /// whose thoughts cannot be gone on from is of no use.
  std::optional<ReplyDefect> mend(ParsedReply& parsed, Lane& lane) const {
    const Continuation continuation = lane.setup()->writer.options().continuation;
    const bool begins = continuation == Continuation::kReprompt || !has_prefix();
    const Thinking thinking = job_->setup_->thinking;
    if (begins) lane.saw_openings(openings_of(parsed));
    if (thinking == Thinking::kText && continuation == Continuation::kMessage && begins &&
        lane.opens_thoughts())
      return opened_thoughts();
    if (thinking == Thinking::kDrop && begins) drop_thoughts(parsed, lane.opens_thoughts());
    if (thinking == Thinking::kDrop && !begins) lose_thoughts_within(parsed, lane);
    if (continuation == Continuation::kReprompt && has_prefix()) take_off_restated(parsed, lane);
    return std::nullopt;
  }

  static void lose_thoughts_within(ParsedReply& parsed, Lane& lane) {
    auto lost = drop_thoughts_within(parsed);
    if (lost.empty()) return;
    lane.lost_siblings(lost);
    add_lost(std::move(lost), parsed);
  }

  void take_off_restated(ParsedReply& parsed, Lane& lane) const {
    Restated restated = take_restatements_off(parsed, job_->sample_.prefix);
    lane.restated_siblings(restated);
    add_lost(std::move(restated.rejected), parsed);
  }

  static void add_lost(std::vector<LostChoice> lost, ParsedReply& parsed) {
    std::move(lost.begin(), lost.end(), std::back_inserter(parsed.lost));
    std::sort(parsed.lost.begin(), parsed.lost.end(),
              [](const LostChoice& a, const LostChoice& b) { return a.index < b.index; });
  }

  /// Asks for what fits beside this prompt, from here on for all siblings; false where nothing does.
  [[nodiscard]] bool fits_when_shorter(std::string_view message) {
    const auto limit = context_limit_of(message, max_tokens_);
    if (!limit || limit->room() == 0 || limit->room() >= max_tokens_ || ++shortened_ > kMostShortened)
      return false;
    job_->sample_.max_tokens = std::min(job_->sample_.max_tokens, static_cast<std::uint32_t>(limit->room()));
    return true;
  }

  std::uint32_t count_;
  std::uint32_t max_tokens_ = 0;  ///< of the attempt under way
  std::uint32_t shortened_ = 0;   ///< times
  ReplySize size_;
  bool by_name_ = false;
  std::uint32_t attempts_ = 0;  ///< of whose replies nothing could be used
  std::shared_ptr<StreamedReply> stream_;
  std::optional<std::string> all_lost_;  ///< why nothing could be used of the last reply
};

/// Asks for the second of siblings that were all the same once more.
class SampleJob::CheckCall final : public SampleCall {
 public:
  CheckCall(std::shared_ptr<SampleJob> job, std::uint32_t first, std::uint32_t count, ParsedReply same)
      : SampleCall(std::move(job), first + same.choices[1].index, 1),
        group_(first),
        count_(count),
        same_(std::move(same)) {}

 private:
  void deliver(ParsedReply parsed, Lane& lane) override {
    const bool confirmed = says_the_same(parsed.choices.front(), same_.choices.front());
    lane.checked_siblings(confirmed);
    if (!confirmed) {
      same_.choices.resize(1);
      job_->keep(first_, std::move(parsed));
    }
    keep_group(confirmed);
  }

  /// Nothing shows that they come out of one draw.
  void give_up(const std::string&) override { keep_group(true); }

  void keep_group(bool confirmed) {
    const auto came = static_cast<std::uint32_t>(same_.choices.size());
    job_->keep(group_, std::move(same_));
    job_->ask_for_missing(group_, count_, confirmed ? came : 1);
  }

  std::uint32_t group_;
  std::uint32_t count_;
  ParsedReply same_;
};

SampleJob::SampleJob(Dispatcher& dispatcher, std::shared_ptr<const SampleSetup> setup, std::size_t model,
                     policy::Sample sample, policy::OnResult on_result)
    : dispatcher_(dispatcher),
      setup_(std::move(setup)),
      model_(model),
      sample_(std::move(sample)),
      prompt_(chat_prompt(sample_)),
      on_result_(std::move(on_result)),
      siblings_(sample_.n),
      spare_(spare_completions(sample_.n)) {
  VILTREE_CHECK(sample_.n > 0);
  if (core::is_utf8(sample_.prefix)) {
    prefix_ = make_prefix(sample_.prefix);
  } else {
    error_ = core::Error{core::ErrorKind::kPermanent, "the prefix is no UTF-8, so it cannot be sent"};
  }
}

void SampleJob::start() {
  if (!error_) ask_for_missing(0, sample_.n, sample_.n);
  answer_when_done();
}

void SampleJob::pay(const ParsedReply& parsed, const std::string& model) {
  bill_.add({usage_of(parsed), 1, 0, model});
  came_ += static_cast<std::uint32_t>(parsed.choices.size() + parsed.lost.size());
}

bool SampleJob::spend(std::uint32_t completions) {
  if (completions > spare_) return false;
  spare_ -= completions;
  return true;
}

void SampleJob::take(std::uint32_t first, std::uint32_t count, ParsedReply parsed) {
  // At the worst the check says something else, and all but one are drawn anew.
  if (!setup_->greedy && are_all_the_same(parsed) && !error_ && spend(count)) {
    ++calls_;
    return dispatcher_.submit(
        std::make_unique<CheckCall>(shared_from_this(), first, count, std::move(parsed)));
  }
  // A server that gives fewer than asked is asked for as many as it gives.
  const auto came = static_cast<std::uint32_t>(parsed.choices.size());
  for (const LostChoice& lost : parsed.lost) {
    if (!spend(1)) lose(first + lost.index, 1, lost.why);
  }
  keep(first, std::move(parsed));
  ask_for_missing(first, count, came);
}

void SampleJob::keep(std::uint32_t first, ParsedReply parsed) {
  for (Choice& choice : parsed.choices) siblings_[first + choice.index] = std::move(choice.completion);
}

/// In requests for neighbours, of at most `at_once`.
void SampleJob::ask_for_missing(std::uint32_t first, std::uint32_t count, std::uint32_t at_once) {
  const std::uint32_t end = first + count;
  for (std::uint32_t at = first; at < end && !error_;) {
    if (siblings_[at]) {
      ++at;
      continue;
    }
    std::uint32_t run = 1;
    while (run < at_once && at + run < end && !siblings_[at + run]) ++run;
    ++calls_;
    dispatcher_.submit(std::make_unique<SampleCall>(shared_from_this(), at, run));
    at += run;
  }
}

void SampleJob::lose(std::uint32_t first, std::uint32_t count, std::string why) {
  for (std::uint32_t i = first; i < first + count; ++i) {
    siblings_[i] = domain::Completion{{}, domain::FinishReason::kLost, std::nullopt, std::nullopt};
    ++lost_;
  }
  why_lost_ = std::move(why);
}

void SampleJob::fail(const core::Error& error) {
  if (!error_) error_ = error;
}

void SampleJob::answer_when_done() {
  if (calls_ > 0) return;
  if (!error_ && lost_ == sample_.n)
    fail({core::ErrorKind::kPermanent, "nothing could be used of any answer: " + why_lost_});
  const policy::OnResult on_result = std::move(on_result_);
  bill_.discarded = error_ ? came_ : came_ - (sample_.n - lost_);
  if (error_) return on_result(policy::uncompleted(why_of(error_->kind), error_->message, std::move(bill_)));
  policy::Completed done{{}, std::move(bill_)};
  for (auto& sibling : siblings_) done.completions.push_back(std::move(*sibling));
  on_result(std::move(done));
}

}  // namespace viltree::http
