#include "histories.hpp"

#include "world.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/search/strategy.hpp>

#include <algorithm>
#include <array>
#include <iostream>
#include <vector>

namespace viltree::proof {

namespace {

using core::Random;
using test::FaultKind;
using test::MemoryFileSystem;
using test::PowerLoss;

constexpr int kMostDisturbed = 10;  // sessions that something happens to; then a calm one
constexpr int kMostFailures = 4;    // of one sample in one session: with six it would be a refusal

std::uint64_t draw(Random& random, std::uint64_t least, std::uint64_t most) {
  return static_cast<std::uint64_t>(
      random.between(static_cast<std::int64_t>(least), static_cast<std::int64_t>(most)));
}

bool one_in(Random& random, std::uint64_t many) {
  return draw(random, 1, many) == 1;
}

template <class T, std::size_t n>
T pick(Random& random, const std::array<T, n>& choices) {
  return choices[draw(random, 0, n - 1)];
}

search::Constants small_constants(const std::string& strategy) {
  if (strategy == "math-shepherd") return {{"solutions", 2}, {"rollouts", 3}};
  if (strategy == "adaptive") return {{"solutions", 3}, {"batch", 2}, {"parallel", 2}, {"tokens", 60}};
  return {};
}

Setting draw_setting(Random& random) {
  constexpr std::array<const char*, 8> kStrategies = {"math-shepherd", "adaptive", "omegaprm", "mm-prm",
                                                      "visualprm",     "uct",      "puct",     "epic"};
  Setting setting = basic_setting("drawn");
  const std::string strategy = pick(random, kStrategies);
  setting.options.search.strategy = strategy;
  setting.options.search.constants =
      *search::complete_constants(**search::find_strategy(strategy), small_constants(strategy));
  setting.options.search.budget.rollouts = draw(random, 8, 24);
  setting.options.search.fit_kernel = one_in(random, 4);
  setting.options.labels.mode =
      pick(random, std::array{&labels::soft(), &labels::hard(), &labels::posterior()});
  setting.problems = draw(random, 2, 12);
  for (std::uint64_t i = 0; i < setting.problems; ++i) {
    if (one_in(random, 10)) setting.bad_lines.insert(i);
  }
  setting.options.unit_size = draw(random, 1, 4);
  setting.options.workers = static_cast<std::uint32_t>(draw(random, 1, 2));
  setting.options.open_trees = static_cast<std::uint32_t>(draw(random, 0, 3));
  setting.options.keep_journal = one_in(random, 2);
  if (one_in(random, 3)) setting.options.durability = storage::Durability::kStrict;
  if (one_in(random, 2)) setting.options.segment_bytes = draw(random, 200, 4'000);
  setting.judged = one_in(random, 3);
  return setting;
}

/// One history.
class History {
 public:
  History(std::uint64_t seed, Histories& sums)
      : seed_(seed), random_(seed), setting_(draw_setting(random_)), sums_(sums) {}

  void run() {
    const auto reference = calm();
    for (int i = 0; i < kMostDisturbed; ++i) {
      const std::string end = session(true);
      ended_by_ += (ended_by_.empty() ? "" : "; ") + end;
      if (end == "finished" && one_in(random_, 2)) break;
    }
    const std::string end = session(false);
    if (end != "finished") throw Violation("it does not go on: " + end);
    check_same(reference, delivered(disk_));
  }

  [[nodiscard]] const std::string& ended_by() const { return ended_by_; }

 private:
  std::map<std::string, std::string> calm() const {
    MemoryFileSystem disk;
    World world(disk, setting_, core::mix64(seed_, 3));
    const std::string end = world.go();
    if (end != "finished") throw Violation("the calm crawl: " + end);
    check_sound(disk);
    return delivered(disk);
  }

  std::string session(bool disturbed) {
    disk_.restart();
    check_sound(disk_);
    const Known known = known_to(disk_, setting_);
    World world(disk_, setting_, random_.next());
    vary(world);
    if (disturbed) disturb(world);
    const std::string end = world.go();
    ++sums_.sessions;
    sums_.disk_faults += disk_.has_failed() ? 1 : 0;
    const Samples asked = world.asked();
    check_not_asked_again(known, asked, setting_);
    come_down(asked, world.session.policy.sequences + (setting_.judged ? world.session.judge.sequences : 0));
    return end;
  }

  /// What may differ between the sessions of a run.
  void vary(World& world) {
    world.session.options.workers = static_cast<std::uint32_t>(draw(random_, 1, 2));
    world.session.options.open_trees = static_cast<std::uint32_t>(draw(random_, 0, 3));
    world.session.policy.sequences = static_cast<std::uint32_t>(draw(random_, 4, 64));
  }

  void disturb(World& world) {
    if (one_in(random_, 2)) fail(world.session.policy);
    if (setting_.judged && one_in(random_, 3)) fail(world.session.judge);
    if (one_in(random_, 6)) lose_policy(world);
    if (one_in(random_, 6)) stop(world);
    if (one_in(random_, 3)) {
      const auto kind = pick(random_, std::array{FaultKind::kError, FaultKind::kFull, FaultKind::kFiles});
      disk_.fail_at(disk_.all_calls() + draw(random_, 1, 400), kind, one_in(random_, 2));
    } else if (one_in(random_, 8)) {
      disk_.limit_space(draw(random_, 0, 20'000));
    } else if (!one_in(random_, 5)) {
      disk_.die_at(disk_.calls() + draw(random_, 1, one_in(random_, 3) ? 20 : 250), one_in(random_, 2));
    }
  }

  void fail(crawl::test::FakePolicy& policy) {
    const std::uint64_t often = draw(random_, 4, 30);
    auto failures = std::make_shared<std::map<std::uint64_t, int>>();
    auto random = std::make_shared<Random>(random_.next());
    const auto fails = [often, failures, random](const policy::Sample& sample) {
      if (!one_in(*random, often) || (*failures)[sample.seed] >= kMostFailures) return false;
      ++(*failures)[sample.seed];
      return true;
    };
    policy.stumbles = [this, fails](const policy::Sample& sample) {
      const bool failed = fails(sample);
      sums_.policy_faults += failed ? 1 : 0;
      return failed;
    };
    // Rarely the policy refuses us altogether, which ends the session.
    policy.fault = [this, often, random](std::size_t,
                                         const policy::Sample&) -> std::optional<policy::Uncompleted> {
      if (!one_in(*random, often * 60)) return std::nullopt;
      ++sums_.policy_faults;
      return crawl::test::refuses_us("drawn");
    };
  }

  /// An outage that begins at some answer and lasts, in the crawl's clock, for less or for more than its
  /// patience.
  void lose_policy(World& world) {
    const std::uint64_t from = draw(random_, 0, 60);
    const std::uint64_t ticks = draw(random_, 10, 2'000);
    auto begun = std::make_shared<std::optional<std::uint64_t>>();
    crawl::test::Session& session = world.session;
    session.options.patience = std::chrono::seconds(draw(random_, 1, 30));
    session.policy.state = [&session, from, ticks, begun]() -> policy::Health {
      if (session.policy.asked.size() < from) return {};
      if (!*begun) *begun = session.clock.ticks();
      session.policy.silent = session.clock.ticks() < **begun + ticks;
      if (!session.policy.silent) return {};
      const auto since = std::chrono::milliseconds(20 * (session.clock.ticks() - **begun));
      return {policy::Outage{since, "connection refused"}, {}};
    };
  }

  void stop(World& world) {
    const std::uint64_t at = draw(random_, 1, 400);
    ++sums_.stops;
    world.session.clock.on_tick = [&session = world.session, at](std::uint64_t tick) {
      if (tick >= at) session.stop = true;
    };
  }

  /// Between two sessions. What was asked and is not known now is asked again: without a power loss, no more
  /// than may have been in flight.
  void come_down(const Samples& asked, std::size_t most_in_flight) {
    sums_.samples += asked.size();
    for (const Sample& sample : asked) sums_.asked_again += asked_before_.insert(sample).second ? 0 : 1;
    if (disk_.is_dead() && one_in(random_, 2)) {
      ++sums_.power_losses;
      disk_.lose_power(PowerLoss::kDrawn, random_.next());
      return;
    }
    sums_.kills += disk_.is_dead() ? 1 : 0;
    const bool lost_at_sync = disk_.has_lost_at_sync();  // as a power loss would
    disk_.restart();
    const Known known = known_to(disk_, setting_);
    const auto lost =
        static_cast<std::size_t>(std::count_if(asked.begin(), asked.end(), [&](const Sample& sample) {
          return !known.samples.contains(sample) && !known.units.contains(unit_of(sample, setting_));
        }));
    if (lost > most_in_flight && !lost_at_sync)
      throw Violation(std::to_string(lost) + " answers lost, but at most " + std::to_string(most_in_flight) +
                      " were in flight");
  }

  std::uint64_t seed_;
  Random random_;
  Setting setting_;
  MemoryFileSystem disk_;
  Samples asked_before_;
  std::string ended_by_;
  Histories& sums_;
};

}  // namespace

Histories run_histories(std::uint64_t first_seed, std::uint64_t count, bool tell, bool stop_at_first) {
  Histories sums;
  for (std::uint64_t seed = first_seed; seed < first_seed + count && !(stop_at_first && sums.failed > 0);
       ++seed) {
    History history(seed, sums);
    ++sums.histories;
    try {
      history.run();
    } catch (const Violation& violation) {
      ++sums.failed;
      std::cout << "VIOLATION " << violation.what() << "\n  sessions: " << history.ended_by()
                << "\n  replay: histories --seed " << seed << " --count 1\n";
    }
    if (tell) std::cout << "seed " << seed << ": " << history.ended_by() << std::endl;
  }
  return sums;
}

}  // namespace viltree::proof
