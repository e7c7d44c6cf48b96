#include "explore.hpp"

#include "world.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/search/strategy.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <unordered_set>
#include <utility>
#include <vector>

namespace viltree::proof {

namespace {

using test::DiskImage;
using test::MemoryFileSystem;
using test::PowerLoss;

constexpr std::size_t kMostDepth = 3;
constexpr std::uint64_t kDrawn = 24;       // states drawn at a point, beside the named ones
constexpr std::uint64_t kNamedLosses = 5;  // PowerLoss before kDrawn

/// How a process ended: at which changing call of its own, with half of an append done or before the call,
/// killed (0) or with the power lost (1 …: the losses by name, then drawn ones).
struct Crash {
  std::uint64_t call = 0;
  bool halfway = false;
  std::uint64_t loss = 0;

  [[nodiscard]] std::string text() const {
    return std::to_string(call) + (halfway ? 'h' : 'b') + std::to_string(loss);
  }
};
using Path = std::vector<Crash>;

std::string text(const Path& path) {
  std::string all;
  for (const Crash& crash : path) all += (all.empty() ? "" : ",") + crash.text();
  return all;
}

Path parse(const std::string& text) {
  Path path;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) {
    const std::size_t way = part.find_first_of("hb");
    if (way == std::string::npos) throw std::invalid_argument("no crash: " + part);
    path.push_back({std::stoull(part.substr(0, way)), part[way] == 'h', std::stoull(part.substr(way + 1))});
  }
  return path;
}

DiskImage half_of(DiskImage disk, const MemoryFileSystem::Change& change) {
  DiskImage::File& file = disk.files[change.file];
  file.appended.push_back(file.bytes.size());
  file.bytes += change.bytes.substr(0, change.bytes.size() / 2);
  return disk;
}

DiskImage after(const DiskImage& disk, std::uint64_t loss) {
  if (loss == 0) return disk;  // killed: what is not synced may still be lost later
  if (loss <= kNamedLosses) return test::after_power_loss(disk, static_cast<PowerLoss>(loss - 1));
  return test::after_power_loss(disk, PowerLoss::kDrawn, loss);
}

/// Of all that a session rests on: what is there for people has the time of day in it.
std::uint64_t fingerprint(const DiskImage& disk) {
  std::uint64_t hash = disk.pending.size();
  for (const auto& [name, place] : disk.names) {
    const auto is = [&name = name](const char* start) { return name.starts_with(start); };
    if (is("run/events.jsonl") || is("run/status.json") || is("run/metrics.prom")) continue;
    hash = core::mix64(hash, core::hash64(name));
    hash = core::mix64(hash, core::hash64(disk.files[place].bytes));
    hash = core::mix64(hash, core::hash64(disk.files[place].durable));
  }
  return hash;
}

/// A moment at which a process may end.
struct Point {
  std::uint64_t call = 0;
  bool halfway = false;
  DiskImage disk;
};

Setting with(Setting setting, const std::string& strategy, const search::Constants& constants) {
  setting.options.search.strategy = strategy;
  setting.options.search.constants =
      *search::complete_constants(**search::find_strategy(strategy), constants);
  return setting;
}

std::vector<Setting> settings() {
  Setting normal = with(basic_setting("normal"), "math-shepherd", {{"solutions", 2}, {"rollouts", 3}});
  normal.problems = 7;
  normal.bad_lines = {4};
  normal.options.unit_size = 2;
  normal.options.search.fit_kernel = false;  // much the longest part of so small a crawl

  Setting strict = normal;
  strict.name = "strict";
  strict.options.durability = storage::Durability::kStrict;
  strict.options.segment_bytes = 900;

  Setting dropped = normal;
  dropped.name = "dropped-journal";
  dropped.options.keep_journal = false;
  dropped.options.segment_bytes = 700;

  Setting adaptive = with(basic_setting("adaptive"), "adaptive",
                          {{"solutions", 3}, {"batch", 2}, {"parallel", 2}, {"tokens", 60}});
  adaptive.options.labels.mode = &labels::posterior();
  adaptive.problems = 6;
  adaptive.options.unit_size = 2;
  adaptive.options.segment_bytes = 2'000;

  Setting judged = normal;
  judged.name = "judged";
  judged.judged = true;
  judged.options.segment_bytes = 1'200;
  return {normal, strict, dropped, adaptive, judged};
}

/// The crashes of one setting.
class Explorer {
 public:
  Explorer(Setting setting, const ExploreOptions& options, std::uint64_t states, Exploration& sums)
      : setting_(std::move(setting)),
        options_(options),
        random_(options.seed),
        states_(states),
        sums_(sums) {}

  void run() {
    const std::vector<Point> points = reference();
    sums_.points += points.size();
    if (!options_.replay.empty()) return replay(points, parse(options_.replay));
    for (const bool drawn : {false, true}) {  // all points in the named ways, then the drawn ones
      for (const Point& point : points) {
        const std::uint64_t first = drawn ? kNamedLosses + 1 : 0;
        const std::uint64_t count = drawn ? kDrawn : kNamedLosses + 1;
        for (std::uint64_t i = 0; i < count && !over(1); ++i)
          visit({}, point, drawn ? first + draw(1'000'000) : first + i);
      }
    }
    deepen(points);
  }

 private:
  /// States of depth two and three, from points drawn anew, until there are enough.
  void deepen(const std::vector<Point>& points) {
    std::uint64_t idle = 0;
    while (!over(kMostDepth) && idle < 200) {
      const std::uint64_t before = counted_;
      const Point& point = points[draw(points.size())];
      const std::uint64_t loss = draw(2) == 0 ? 0 : draw_loss();
      std::vector<Point> again;
      recover({}, point, loss, again);
      for (const Point& second : again) {
        if (over(kMostDepth)) return;
        const Path path = {{point.call, point.halfway, loss}};
        std::vector<Point> third;
        visit(path, second, draw(2) == 0 ? 0 : draw_loss(), &third);
        if (third.empty()) continue;
        const Crash last{second.call, second.halfway, last_loss_};
        visit({path[0], last}, third[draw(third.size())], draw(2) == 0 ? 0 : draw_loss());
      }
      idle = counted_ == before ? idle + 1 : 0;
    }
  }

  void replay(const std::vector<Point>& points, const Path& path) {
    std::vector<Point> now = points;
    Path before;
    for (const Crash& crash : path) {
      const auto found = std::find_if(now.begin(), now.end(), [&](const Point& point) {
        return point.call == crash.call && point.halfway == crash.halfway;
      });
      if (found == now.end()) throw std::invalid_argument("no such call: " + crash.text());
      const Point point = *found;
      std::vector<Point> next;
      visit(before, point, crash.loss, &next);
      before.push_back(crash);
      now = std::move(next);
    }
  }

  /// Half of the states are kept for crashes during recovery.
  [[nodiscard]] bool over(std::size_t depth) const {
    if (options_.stop_at_first && sums_.violations > 0) return true;
    return options_.replay.empty() && counted_ >= (depth == 1 ? states_ / 2 : states_);
  }
  [[nodiscard]] std::uint64_t draw(std::uint64_t below) {
    return static_cast<std::uint64_t>(random_.between(0, static_cast<std::int64_t>(below) - 1));
  }
  [[nodiscard]] std::uint64_t draw_loss() { return 1 + draw(kNamedLosses + 1'000'000); }

  /// The calm crawl: what it delivers, and every moment of it.
  std::vector<Point> reference() {
    MemoryFileSystem disk;
    World world(disk, setting_, 1);
    std::vector<Point> points;
    watch(world, points, [](const Point&) { return true; });
    watch_safety(world);
    watch_window(world);
    const std::string end = world.go();
    if (end != "finished") throw Violation("the reference crawl: " + end);
    points.push_back({disk.calls() + 1, false, disk.image()});
    reference_ = delivered(disk);
    return points;
  }

  template <class Wanted>
  void watch(World& world, std::vector<Point>& points, const Wanted& wanted) {
    world.disk.before_change = [&points, &world, wanted](const MemoryFileSystem::Change& change) {
      const DiskImage& disk = world.disk.image();
      if (!wanted(Point{change.call, false, {}})) return;
      points.push_back({change.call, false, disk});
      if (change.what == "append") points.push_back({change.call, true, half_of(disk, change)});
    };
  }

  /// What is safe stays safe; with strict durability every answer is, before anything else is done.
  void watch_safety(World& world) {
    auto others = std::move(world.disk.before_change);
    auto before = std::make_shared<Known>();
    world.disk.before_change = [this, &world, others, before](const MemoryFileSystem::Change& change) {
      others(change);
      MemoryFileSystem disk(test::after_power_loss(world.disk.image(), PowerLoss::kDropped));
      const Known safe = known_to(disk, setting_);
      check_kept(*before, safe);
      *before = safe;
      const bool is_strict = setting_.options.durability == storage::Durability::kStrict;
      if (!is_strict || (change.what == "sync" && change.path.starts_with("run/journal/"))) return;
      MemoryFileSystem now(world.disk.image());
      check_answers_kept(known_to(now, setting_), safe);
    };
  }

  /// How old the oldest answer is that no sync has reached.
  void watch_window(World& world) {
    auto others = std::move(world.disk.before_change);
    auto appended = std::make_shared<std::map<std::string, std::vector<std::pair<std::size_t, double>>>>();
    world.disk.before_change = [this, &world, others, appended](const MemoryFileSystem::Change& change) {
      others(change);
      if (!change.path.starts_with("run/journal/")) return;
      const double now = std::chrono::duration<double>(world.session.clock.time()).count();
      auto& waiting = (*appended)[change.path];
      if (change.what == "append") waiting.emplace_back(0, now);
      if (!waiting.empty())
        sums_.longest_window_s = std::max(sums_.longest_window_s, now - waiting.front().second);
      if (change.what == "sync") waiting.clear();
    };
  }

  /// Comes back from one crash, unless the same disk was seen before.
  void visit(const Path& before, const Point& point, std::uint64_t loss, std::vector<Point>* next = nullptr) {
    std::vector<Point> unused;
    last_loss_ = loss;
    const std::size_t depth = before.size();
    const DiskImage disk = after(point.disk, loss);
    if (!seen_.insert(fingerprint(disk)).second && options_.replay.empty()) return;
    ++counted_;
    ++sums_.states;
    ++sums_.by_depth[std::min(depth, kMostDepth - 1)];
    ++(loss == 0 ? sums_.killed : sums_.power_lost);
    recover(before, point, loss, next != nullptr ? *next : unused);
  }

  void recover(const Path& before, const Point& point, std::uint64_t loss, std::vector<Point>& next) {
    try {
      come_back(point, loss, before.size() + 1 < kMostDepth ? &next : nullptr);
    } catch (const Violation& violation) {
      ++sums_.violations;
      Path path = before;
      path.push_back({point.call, point.halfway, loss});
      std::cout << "VIOLATION " << violation.what() << "\n  replay: explore --only " << setting_.name
                << " --replay " << text(path) << std::endl;
    }
  }

  void come_back(const Point& point, std::uint64_t loss, std::vector<Point>* next) {
    MemoryFileSystem safe_disk(test::after_power_loss(point.disk, PowerLoss::kDropped));
    const Known safe = known_to(safe_disk, setting_);
    MemoryFileSystem disk(after(point.disk, loss));
    check_sound(disk);
    const Known known = known_to(disk, setting_);
    check_kept(safe, known);
    World world(disk, setting_, 1);
    if (next != nullptr) {
      watch(world, *next, [&world](const Point& at) {
        // Its recovery, call by call, and then a call now and then.
        return world.session.policy.asked.empty() || at.call % 16 == 0;
      });
    }
    const std::string end = world.go();
    if (end != "finished") throw Violation("it does not go on: " + end);
    check_not_asked_again(known, world.asked(), setting_);
    check_same(reference_, delivered(disk));
    check_sound(disk);
  }

  /// What was synced outlasts any end. Answers of committed units may have been dropped.
  void check_kept(const Known& safe, const Known& known) const {
    for (const std::uint64_t unit : safe.units) {
      if (!known.units.contains(unit)) throw Violation("a committed unit is lost: " + std::to_string(unit));
    }
    check_answers_kept(safe, known);
  }

  void check_answers_kept(const Known& safe, const Known& known) const {
    for (const Sample& sample : safe.samples) {
      if (!known.samples.contains(sample) && !known.units.contains(unit_of(sample, setting_)))
        throw Violation("a synced answer is lost: " + sample.first);
    }
  }

  Setting setting_;
  const ExploreOptions& options_;
  core::Random random_;
  std::uint64_t states_;
  std::uint64_t counted_ = 0;
  std::uint64_t last_loss_ = 0;
  Exploration& sums_;
  std::map<std::string, std::string> reference_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

Exploration explore(const ExploreOptions& options) {
  Exploration sums;
  std::vector<Setting> wanted = settings();
  if (!options.only.empty())
    std::erase_if(wanted, [&](const Setting& setting) { return setting.name != options.only; });
  for (const Setting& setting : wanted)
    Explorer(setting, options, options.states / wanted.size(), sums).run();
  return sums;
}

}  // namespace viltree::proof
