#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/random.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/storage/file_system.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <stdlib.h>

namespace viltree::crawl::test {

/// A folder that is gone at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "viltree-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Problems "p0", "p1", … with one answer; some lines are no problem.
class ListSource final : public dataset::Source {
 public:
  [[nodiscard]] std::uint64_t count() const override { return size; }
  [[nodiscard]] core::Result<std::optional<dataset::Item>> next() override {
    if (next_ == size) return std::optional<dataset::Item>();
    const std::uint64_t i = next_++;
    if (bad.contains(i)) return dataset::Item{{i}, dataset::Rejection{"no question"}, first_line + i, "{}"};
    domain::Problem problem;
    problem.index = {i};
    problem.id = "p" + std::to_string(i);
    problem.question = question + problem.id;
    problem.answer = answer;
    problem.answer_kind = kind;
    return dataset::Item{{i}, std::move(problem), first_line + i, "line of p" + std::to_string(i)};
  }
  [[nodiscard]] core::Status skip_to(domain::ProblemIndex index) override {
    next_ = index.value;
    return {};
  }

  std::uint64_t size = 14;
  std::uint64_t first_line = 1;
  std::set<std::uint64_t> bad;
  std::string question = "What is ";
  std::string answer = "1";
  domain::AnswerKind kind = domain::AnswerKind::kNumber;

 private:
  std::uint64_t next_ = 0;
};

inline policy::Uncompleted refused(const std::string& reason) {
  return {policy::Uncompleted::Why::kRefused, reason};
}
inline policy::Uncompleted given_up(const std::string& reason) {
  return {policy::Uncompleted::Why::kGaveUp, reason};
}
inline policy::Uncompleted refuses_us(const std::string& reason) {
  return {policy::Uncompleted::Why::kRefusesUs, reason};
}
inline policy::Uncompleted stopped(const std::string& reason) {
  return {policy::Uncompleted::Why::kStopped, reason};
}

/// Of a policy that nobody reaches.
inline policy::Health outage(std::chrono::milliseconds lasts) {
  return {policy::Outage{lasts, "connection refused"}, {}};
}

/// A policy in memory: what it writes is a function of problem, prefix and seed. Completions wait until they
/// are delivered, in an order drawn from `order`; faults are drawn by the test.
class FakePolicy final : public policy::Policy {
 public:
  struct Asked {
    std::string problem;
    std::string prefix;
    std::uint64_t seed;
    friend auto operator<=>(const Asked&, const Asked&) = default;
  };

  explicit FakePolicy(std::uint64_t order = 1) : random_(order) {}

  [[nodiscard]] core::Status start() override { return on_start ? on_start() : core::Status(); }
  [[nodiscard]] core::Result<std::shared_ptr<const policy::Prompt>> prepare(
      const domain::Problem& problem) override {
    return std::make_shared<Id>(problem.id, problem.question);
  }
  void sample(policy::Sample sample, policy::OnResult on_result) override {
    asked.push_back({id_of(sample), sample.prefix, sample.seed});
    if (reply) questions.emplace_back(id_of(sample), dynamic_cast<const Id&>(*sample.prompt).question);
    held_.push_back({std::move(sample), std::move(on_result)});
    most_held = std::max(most_held, held_.size());
  }
  [[nodiscard]] std::uint32_t max_sequences() const override { return sequences; }
  [[nodiscard]] policy::PolicyCounts counts() const override { return {asked.size(), 0, 0}; }
  [[nodiscard]] policy::Health health() const override { return state ? state() : policy::Health{}; }
  [[nodiscard]] std::string model() const override { return "fake"; }
  void wind_down() override { winds_down = true; }
  void stop() override {
    ++stops;
    if (on_stop) on_stop();
    while (!held_.empty()) end(stopped("stopped"));
  }
  [[nodiscard]] std::size_t held() const { return held_.size(); }

  /// Answers one of those that wait.
  void deliver_one() {
    if (held_.empty() || silent) return;
    const auto pick =
        static_cast<std::size_t>(random_.between(0, static_cast<std::int64_t>(held_.size()) - 1));
    std::swap(held_[pick], held_.back());
    if (later && later(id_of(held_.back().sample))) return;
    if (stumbles && stumbles(held_.back().sample)) return;
    if (fault) {
      if (auto fault_now = fault(asked.size(), held_.back().sample)) return end(std::move(*fault_now));
    }
    deliver(complete(held_.back().sample));
  }

  [[nodiscard]] std::uint32_t most_completions(std::uint32_t n) const override {
    return wasteful ? 2 * n : n;
  }

  [[nodiscard]] std::uint32_t most_tokens(std::uint32_t max_tokens) const override {
    return std::max(max_tokens, 2 * longest_);
  }

  std::uint32_t sequences = 64;
  std::uint64_t salt = 0;  ///< another one is another model
  bool silent = false;     ///< answers nothing
  std::size_t stops = 0;   ///< how often it was stopped
  bool winds_down = false;
  std::vector<Asked> asked;     ///< since it was made
  std::uint64_t generated = 0;  ///< tokens of all its completions
  std::size_t most_held = 0;    ///< samples that it had to complete at once
  std::function<core::Status()> on_start;
  std::function<void()> on_stop;
  std::function<policy::Health()> state;
  std::function<bool(const std::string& problem)> later;  ///< not answered now
  bool cache = false;                                     ///< says what was cached
  bool scores_tokens = false;                             ///< says decisions, one a line
  bool counts_tokens = true;                              ///< says how many tokens there were
  bool wasteful = false;                                  ///< generates as much again, and throws it away
  bool ignores_limit = false;                             ///< completions are as long as they are
  bool halves = false;                                    ///< half of the siblings come before a fault
  std::size_t answered = 0;                               ///< samples, errors apart
  std::function<std::optional<policy::Uncompleted>(std::size_t asked, const policy::Sample&)> fault;
  /// It fails at this sample now, which a policy keeps to itself: it asks again, and it comes later.
  std::function<bool(const policy::Sample&)> stumbles;
  /// This sample takes two requests.
  std::function<bool(const policy::Sample&)> twice;
  /// Where set, what it writes is this function of the question: it is a judge.
  std::function<std::string(const std::string& question)> reply;
  bool cut = false;                                            ///< its replies are cut off
  std::vector<std::pair<std::string, std::string>> questions;  ///< with the problem's id, where it is a judge

 private:
  struct Id final : policy::Prompt {
    Id(std::string name, std::string text) : id(std::move(name)), question(std::move(text)) {}
    std::string id;
    std::string question;
  };
  struct Held {
    policy::Sample sample;
    policy::OnResult on_result;
  };

  static const std::string& id_of(const policy::Sample& sample) {
    return dynamic_cast<const Id&>(*sample.prompt).id;
  }

  void deliver(policy::SampleResult result) {
    Held held = std::move(held_.back());
    held_.pop_back();
    answered += result ? 1 : 0;
    held.on_result(std::move(result));
  }

  /// The last of those held, with what half of its siblings cost where these came.
  void end(policy::Uncompleted uncompleted) {
    if (halves) {
      policy::Sample half = held_.back().sample;
      half.n = (half.n + 1) / 2;
      uncompleted.bill = complete(half).bill;
      uncompleted.bill.discarded += half.n;
    }
    deliver(tl::make_unexpected(std::move(uncompleted)));
  }

  policy::Completed complete(const policy::Sample& sample) {
    policy::Completed completed;
    completed.bill.model = "fake";
    std::uint64_t tokens = 0;
    if (reply) {
      domain::Completion completion;
      completion.text = reply(dynamic_cast<const Id&>(*sample.prompt).question);
      completion.tokens = static_cast<std::uint32_t>(completion.text.size() / 4);
      if (cut) completion.finish = domain::FinishReason::kLength;
      completed.bill.usage = {20, std::nullopt, *completion.tokens};
      generated += *completion.tokens;
      completed.completions.push_back(std::move(completion));
      return completed;
    }
    for (std::uint32_t i = 0; i < sample.n; ++i) {
      core::Random random(core::hash64(id_of(sample) + sample.prefix, sample.seed + i + salt));
      domain::Completion completion;
      if (scores_tokens) completion.decisions.emplace();
      bool lost = sample.prefix.find("slip") != std::string::npos;
      do {
        const bool slip = random.uniform() < 0.25;
        lost = lost || slip;
        if (completion.decisions)
          domain::add_decision(*completion.decisions, completion.text.size(), -3 * random.uniform());
        completion.text += slip ? "slip\n" : random.uniform() < 0.5 ? "add\n" : "carry\n";
      } while (random.uniform() < 0.6);
      completion.text += lost ? "\\boxed{2}" : "\\boxed{1}";
      if (completion.text.size() / 4 > sample.max_tokens && ignores_limit) {
        longest_ = std::max(longest_, static_cast<std::uint32_t>(completion.text.size() / 4));
        completion.finish = domain::FinishReason::kLength;
      } else if (completion.text.size() / 4 > sample.max_tokens) {
        completion.text.resize(std::size_t{sample.max_tokens} * 4);
        completion.finish = domain::FinishReason::kLength;
      }
      completion.tokens = static_cast<std::uint32_t>(completion.text.size() / 4);
      tokens += *completion.tokens;
      completed.completions.push_back(std::move(completion));
    }
    completed.bill.usage = {10 + sample.prefix.size() / 4, std::nullopt, tokens};
    if (wasteful) {
      completed.bill.discarded = sample.n;
      *completed.bill.usage.completion_tokens = tokens *= 2;
    }
    if (cache) completed.bill.usage.cached_tokens = sample.prefix.size() / 8;
    if (!counts_tokens) {
      completed.bill.usage = {};
      for (domain::Completion& completion : completed.completions) completion.tokens.reset();
    }
    generated += tokens;
    if (twice && twice(sample)) {
      completed.bill.requests = 2;
      *completed.bill.usage.prompt_tokens *= 2;
    }
    return completed;
  }

  core::Random random_;
  std::vector<Held> held_;
  std::uint32_t longest_ = 0;  ///< beyond the limit
};

/// Every look at it, some time has gone by and a result has come; who waits, waits in its time.
class TickingClock final : public core::Clock {
 public:
  TickingClock(FakePolicy& policy, FakePolicy& judge) : policy_(policy), judge_(judge) {}
  [[nodiscard]] Duration now() const override {
    deliver();
    ++ticks_;
    if (on_tick) on_tick(ticks_);
    return now_ += std::chrono::milliseconds(20);
  }
  void wait(core::Condition&, core::Mutex& mutex, Duration timeout) const override {
    mutex.unlock();
    const auto brings = [](const FakePolicy& policy) { return !policy.silent && policy.held() > 0; };
    const bool nothing_comes = !brings(policy_) && !brings(judge_);
    deliver();
    now_ += nothing_comes ? timeout : std::min<Duration>(timeout, std::chrono::milliseconds(1));
    mutex.lock();
  }
  [[nodiscard]] std::uint64_t ticks() const { return ticks_; }
  /// Without a look at it.
  [[nodiscard]] Duration time() const { return now_; }
  std::function<void(std::uint64_t tick)> on_tick;

 private:
  void deliver() const {
    policy_.deliver_one();
    judge_.deliver_one();
  }

  FakePolicy& policy_;
  FakePolicy& judge_;
  mutable Duration now_{};
  mutable std::uint64_t ticks_ = 0;
};

class Notes final : public Observer {
 public:
  void progress(const archive::Progress& progress) override {
    last = progress;
    if (on_progress) on_progress(progress);
  }
  void notice(const std::string& line) override { lines.push_back(line); }
  [[nodiscard]] bool said(std::string_view part) const {
    for (const std::string& line : lines) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
  archive::Progress last;
  std::function<void(const archive::Progress&)> on_progress;
  std::vector<std::string> lines;
};

/// Work in the background is done at once, so that no test depends on how fast it is.
class AtOnce final : public core::Background {
 public:
  [[nodiscard]] std::unique_ptr<core::BackgroundWork> begin(std::function<void()> work) override {
    work();
    return std::make_unique<Done>();
  }

 private:
  struct Done final : core::BackgroundWork {
    [[nodiscard]] bool done() const override { return true; }
    void wait() override {}
    void wait_for(std::chrono::milliseconds) override {}
  };
};

/// One session of a crawl on fakes; change its parts, then run it.
struct Session {
  explicit Session(const std::filesystem::path& folder, std::uint64_t order = 1,
                   storage::FileSystem& fs = storage::real_file_system())
      : run(fs, folder), policy(order), judge(order), clock(policy, judge) {
    options.search.strategy = "math-shepherd";
    options.search.constants = {{"solutions", 3}, {"rollouts", 4}};
    options.search.steps.splitter = "line";
    options.search.max_tokens = 32;
    options.unit_size = 4;
    options.workers = 1;
    options.version = "test";
    options.facts.config_hash = "0123456789abcdef";
  }

  /// Answers are words from now on, and the judge decides them: right is "1".
  void add_judge() {
    source.kind = domain::AnswerKind::kJudge;
    source.answer = "the former";
    judge.reply = [](const std::string& question) {
      const bool right = question.find("<answer>1</answer>") != std::string::npos;
      return std::string("Compared.\nVerdict: ") + (right ? "right" : "wrong");
    };
    judge.sequences = 4;
  }

  archive::Progress go() {
    core::value_or_fatal(run.create(), core::ExitCode::kStorage);
    policy::Policy* const decides = judge.reply ? &judge : nullptr;
    return crawl(options, {run, source, policy, clock, notes, stop, *background, decides});
  }

  storage::RunDirectory run;
  Options options;
  ListSource source;
  FakePolicy policy;
  FakePolicy judge;  ///< without a reply it is not there
  TickingClock clock;
  Notes notes;
  std::atomic<bool> stop = false;
  AtOnce at_once;
  core::Background* background = &at_once;
};

}  // namespace viltree::crawl::test
