#include "truth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace viltree::bench {

namespace {

const std::vector<std::uint32_t> kFormulaic = {5, 7, 9};
const std::vector<std::uint32_t> kUsual = {14, 18, 22, 27, 35};
const std::vector<std::uint32_t> kLong = {24, 30, 40, 55};

double between(core::Random& random, double least, double most) {
  return least + (most - least) * random.uniform();
}

/// Between the two, each power of ten as likely as another.
double log_between(core::Random& random, double least, double most) {
  return std::exp(between(random, std::log(least), std::log(most)));
}

/// Tables whose texts and ends do not depend on quality. A solution has at least `first_end` steps before its
/// answer, then ends with probability `end` before each, and has at most `most`.
TruthTables frame(std::size_t qualities, std::size_t first_end, double end, std::size_t most) {
  TruthTables tables;
  tables.right.resize(qualities);
  tables.steps.resize(most + 1);
  for (std::size_t t = 0; t <= most; ++t) {
    StepTable& step = tables.steps[t];
    step.end.assign(qualities, t == most ? 1.0 : t < first_end ? 0.0 : end);
    // Solutions begin alike, and go different ways; every third step is a formula.
    const bool formulaic = t % 3 == 2;
    step.wordings = t == 0 ? 4 : formulaic ? 3 : 5000;
    step.skew = t == 0 ? 2 : 1;
    step.words = formulaic ? kFormulaic : t % 3 == 1 ? kLong : kUsual;
    step.next.assign(qualities, std::vector<double>(qualities, 0.0));
  }
  return tables;
}

void same_at_every_step(TruthTables& tables, const std::vector<std::vector<double>>& next) {
  for (StepTable& step : tables.steps) step.next = next;
}

/// Quality walks slowly up and down; the answer is right by the quality at the end.
TruthTables make_drift(std::uint64_t, std::uint64_t problem) {
  constexpr std::size_t kQualities = 13;
  core::Random random(problem);
  TruthTables tables = frame(kQualities, 5, 0.3, 12);
  const double move = between(random, 0.15, 0.4);
  std::vector<std::vector<double>> next(kQualities, std::vector<double>(kQualities, 0.0));
  for (std::size_t k = 0; k < kQualities; ++k) {
    next[k][k > 0 ? k - 1 : k] += move;
    next[k][k + 1 < kQualities ? k + 1 : k] += move;
    next[k][k] += 1 - 2 * move;
    tables.right[k] = 0.02 + 0.96 * static_cast<double>(k) / (kQualities - 1);
  }
  same_at_every_step(tables, next);
  tables.start = static_cast<std::size_t>(random.between(1, kQualities - 2));
  return tables;
}

/// Alive or dead: each step kills with a probability of the problem's own, and nothing brings back.
TruthTables make_fatal(std::uint64_t, std::uint64_t problem) {
  core::Random random(problem);
  TruthTables tables = frame(2, 5, 0.35, 12);
  const double survives = std::pow(between(random, 0.08, 0.95), 1.0 / 7.0);
  same_at_every_step(tables, {{1, 0}, {1 - survives, survives}});
  tables.right = {random.uniform() < 0.5 ? 0.0 : 0.02, between(random, 0.95, 1.0)};
  tables.start = 1;
  return tables;
}

/// Fine, a slip, an error, or lost: slips are often mended by later steps, errors now and then, what is lost
/// stays so.
TruthTables make_recoverable(std::uint64_t, std::uint64_t problem) {
  core::Random random(problem);
  TruthTables tables = frame(4, 5, 0.3, 12);
  const double slips = between(random, 0.03, 0.35);
  const double errs = between(random, 0.02, 0.2);
  const double mended = between(random, 0.15, 0.5);
  const double worse = between(random, 0.05, 0.3);
  same_at_every_step(tables, {{1, 0, 0, 0},
                              {worse, 1 - worse - mended / 3, 0, mended / 3},
                              {0, worse, 1 - worse - mended, mended},
                              {0, errs, slips, 1 - slips - errs}});
  tables.right = {0.01, 0.15, 0.55, 0.97};
  tables.start = 3;
  return tables;
}

/// Easy and hard problems; one step, somewhere, decides.
TruthTables make_bimodal(std::uint64_t, std::uint64_t problem) {
  constexpr std::size_t kLastKey = 7;
  core::Random random(problem);
  TruthTables tables = frame(3, 6, 0.4, 11);
  const bool easy = random.uniform() < 0.5;
  const double good = easy ? between(random, 0.55, 0.97) : between(random, 0.04, 0.45);
  for (std::size_t t = 0; t < tables.steps.size(); ++t) {
    const double key = t >= kLastKey ? 1.0 : 1.0 / static_cast<double>(kLastKey - t);
    tables.steps[t].next = {{1, 0, 0}, {key * (1 - good), 1 - key, key * good}, {0, 0, 1}};
  }
  tables.right = {0.03, good, 0.97};
  tables.start = 1;
  return tables;
}

double normal(core::Random& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

/// A draw of the gamma distribution with scale 1 (Marsaglia and Tsang, 2000).
double gamma(core::Random& random, double shape) {
  if (shape < 1) return gamma(random, shape + 1) * std::pow(1 - random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(random);
    const double v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log1p(-random.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

std::vector<double> dirichlet(core::Random& random, std::size_t size, double concentration) {
  std::vector<double> weights(size);
  double sum = 0;
  for (double& weight : weights) sum += weight = gamma(random, concentration) + 1e-300;
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// What all problems of one random world share.
struct World {
  std::size_t qualities;
  std::size_t first_end;
  std::size_t most_steps;
  double concentration;  ///< of the rows: below 1 a step mostly leads to one quality
  double stays;          ///< share of a row that stays where it is
  double end;
  double sureness;  ///< the greater, the closer to 0 or 1 is what the qualities come to
  bool changes;     ///< every depth has rows of its own
};

World draw_world(core::Random& random) {
  World world{};
  world.qualities = static_cast<std::size_t>(random.between(2, 10));
  world.first_end = static_cast<std::size_t>(random.between(3, 6));
  world.most_steps = world.first_end + static_cast<std::size_t>(random.between(3, 8));
  world.concentration = log_between(random, 0.1, 3);
  world.stays = between(random, 0.3, 0.95);
  world.end = between(random, 0.2, 0.5);
  world.sureness = log_between(random, 0.3, 3);
  world.changes = random.uniform() < 0.5;
  return world;
}

std::vector<std::vector<double>> draw_rows(core::Random& random, const World& world) {
  std::vector<std::vector<double>> rows;
  for (std::size_t k = 0; k < world.qualities; ++k) {
    std::vector<double>& row = rows.emplace_back(dirichlet(random, world.qualities, world.concentration));
    for (double& weight : row) weight *= 1 - world.stays;
    row[k] += world.stays;
  }
  return rows;
}

std::vector<std::uint32_t> draw_lengths(core::Random& random) {
  std::vector<std::uint32_t> lengths(static_cast<std::size_t>(random.between(1, 5)));
  const double typical = log_between(random, 8, 50);
  for (std::uint32_t& length : lengths)
    length = static_cast<std::uint32_t>(std::lround(typical * between(random, 0.6, 1.4)));
  return lengths;
}

/// Nothing is known beforehand: what holds for a world is drawn from its seed, and each problem's rows,
/// ends and answers from that.
TruthTables make_random(std::uint64_t world_seed, std::uint64_t problem) {
  core::Random of_world(world_seed);
  core::Random random(problem);
  const World world = draw_world(of_world);
  TruthTables tables = frame(world.qualities, world.first_end, world.end, world.most_steps);
  for (StepTable& step : tables.steps) {
    step.wordings = static_cast<std::uint32_t>(log_between(of_world, 1, 1e6));
    step.skew = between(of_world, 1, 4);
    step.words = draw_lengths(of_world);
  }
  for (std::size_t t = 0; t < tables.steps.size(); ++t) {
    StepTable& step = tables.steps[t];
    step.next = t > 0 && !world.changes ? tables.steps[0].next : draw_rows(random, world);
    const bool may_end = t >= world.first_end && t < world.most_steps;
    for (double& end : step.end) end = may_end ? std::min(0.9, end * between(random, 0.3, 1.7)) : end;
  }
  for (double& right : tables.right) {
    const double a = gamma(random, 1 / world.sureness);
    const double b = gamma(random, 1 / world.sureness);
    right = a / (a + b + 1e-300);
  }
  tables.start = static_cast<std::size_t>(random.next() % world.qualities);
  return tables;
}

constexpr std::array<Family, 5> kFamilies = {{
    {"drift", "quality walks slowly up and down", make_drift},
    {"fatal", "each step may kill, and nothing brings back", make_fatal},
    {"recoverable", "later steps mend errors", make_recoverable},
    {"bimodal", "easy and hard problems; one step decides", make_bimodal},
    {"random", "everything drawn at random", make_random},
}};

}  // namespace

std::span<const Family> families() {
  return kFamilies;
}

}  // namespace viltree::bench
