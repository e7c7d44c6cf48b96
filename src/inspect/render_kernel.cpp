
#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>
#include <viltree/inspect/kernel.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace viltree::inspect {

namespace {

constexpr std::size_t kTenths = 10;
constexpr std::size_t kCell = 7;
constexpr std::size_t kLabel = 14;
constexpr double kBarColumns = 40;  // of a share of 1

std::string fixed(double value, int digits) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string percent(double share) {
  return fixed(100 * share, 1) + "%";
}

std::string origin(const search::FittedKernel& fitted, std::string_view why_built_in) {
  if (fitted.built_in()) return "kernel   built-in: " + std::string(why_built_in) + "\n";
  return "kernel   fitted on " + core::with_thousands(fitted.trees) + " trees in " +
         std::to_string(fitted.rounds) + " rounds\n         log-likelihood of a tree " +
         fixed(fitted.log_likelihood_before, 3) + " with the built-in kernel, " +
         fixed(fitted.log_likelihood_after, 3) + " with this one\n";
}

std::string bar_line(const std::string& label, double share) {
  std::string bar;
  for (int i = 0; i < static_cast<int>(kBarColumns * share + 0.5); ++i) bar += "█";
  return "  " + core::pad_right(label, kLabel) + core::pad_left(percent(share), kCell) +
         (bar.empty() ? "" : "  " + bar) + "\n";
}

/// The points 0 and 1 by themselves, for they are values that never change, and tenths between them.
std::string prior(const search::GridVector& shares) {
  const search::GridVector& grid = search::value_grid();
  std::array<double, kTenths> tenths{};
  for (std::size_t j = 1; j + 1 < search::kGridPoints; ++j)
    tenths[static_cast<std::size_t>(grid[j] * kTenths)] += shares[j];
  std::string text = "\nquestions by value (prior)\n" + bar_line("0", shares.front());
  for (std::size_t i = 0; i < kTenths; ++i) {
    const std::string upper = i + 1 == kTenths ? "1.0" : "0." + std::to_string(i + 1);
    text += bar_line("0." + std::to_string(i) + " to " + upper, tenths[i]);
  }
  return text + bar_line("1", shares.back());
}

/// "up to 2.5": the greatest distance of the class, in halves.
std::string distance_name(std::size_t distance) {
  constexpr double kFar = 100;
  double most = 0;
  for (double steps = 0; steps < kFar; steps += 0.5) {
    if (search::distance_class(steps) == distance) most = steps;
  }
  return distance + 1 == search::kDistanceClasses ? "more" : "up to " + fixed(most, 1);
}

std::string table_text(const search::KernelTable<const double>& table) {
  std::string text = "\n" + std::string(table.name) + ", by steps to the end\n  " + std::string(kLabel, ' ');
  for (std::size_t z = 0; z < table.rows.front().size(); ++z)
    text += core::pad_left(std::to_string(z), kCell);
  text += "\n";
  const bool by_distance = table.rows.size() == search::kDistanceClasses;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    text += "  " + core::pad_right(by_distance ? distance_name(i) : std::to_string(i), kLabel);
    for (const double share : table.rows[i]) text += core::pad_left(percent(share), kCell);
    text += "\n";
  }
  return text;
}

}  // namespace

std::string render_kernel(const search::FittedKernel& fitted, std::string_view why_built_in) {
  std::string text = origin(fitted, why_built_in) + prior(fitted.kernel.prior);
  const auto tables = search::tables(fitted.kernel);
  for (std::size_t i = 1; i < tables.size(); ++i) text += table_text(tables[i]);
  return text +
         "\nType 0: the next step decides almost everything. The others: less and less.\nEnds: of a step of "
         "value 0.5, " +
         "solutions that end with the next one are right in " +
         percent(1 / (1 + std::exp(-fitted.kernel.ending))) + ".\n";
}

}  // namespace viltree::inspect
