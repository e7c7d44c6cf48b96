#include <viltree/core/check.hpp>
#include <viltree/search/kernel_fit.hpp>

#include <algorithm>
#include <cmath>

namespace viltree::search {

namespace {

constexpr double kStrength = 5;  ///< of the built-in kernel's shares, in steps of each class
constexpr double kFaster = 1.5;
constexpr double kLeastShare = 1e-9;
// Two rounds of these lengths, in plain ones, that gain less for a tree than this: the rest would, too.
constexpr double kLong = 3;
constexpr double kEnough = 1e-3;

template <class Share, class SomeKernel>
std::vector<KernelTable<Share>> tables_of(SomeKernel& kernel) {
  std::vector<KernelTable<Share>> all;
  all.push_back({"prior", {kernel.prior}});
  all.push_back({"types", {kernel.types.begin(), kernel.types.end()}});
  return all;
}

/// Calls for each row of both.
template <class First, class Second, class Visit>
void for_each_row(First&& first, Second&& second, const Visit& visit) {
  const auto one = tables(first);
  const auto other = tables(second);
  for (std::size_t t = 0; t < one.size(); ++t) {
    for (std::size_t i = 0; i < one[t].rows.size(); ++i) visit(one[t].rows[i], other[t].rows[i]);
  }
}

/// Goes `rate` times as far as from `from` to `to`, in logarithms.
Kernel extrapolated(const Kernel& from, const Kernel& to, double rate) {
  Kernel kernel = to;
  for_each_row(from, kernel, [rate](std::span<const double> start, std::span<double> row) {
    double sum = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
      sum += row[i] = std::max(kLeastShare, start[i] * std::pow(row[i] / start[i], rate));
    for (double& share : row) share /= sum;
  });
  return kernel;
}

/// What the steps say that are distributed as the built-in kernel's.
double log_prior(const Kernel& kernel) {
  double sum = 0;
  for_each_row(built_in_kernel(), kernel, [&](std::span<const double> known, std::span<const double> row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (known[i] > 0) sum += kStrength * known[i] * std::log(row[i] / known[i]);
    }
  });
  return sum;
}

}  // namespace

std::vector<KernelTable<double>> tables(Kernel& kernel) {
  return tables_of<double>(kernel);
}

std::vector<KernelTable<const double>> tables(const Kernel& kernel) {
  return tables_of<const double>(kernel);
}

void KernelFit::take(const KernelCounts& counts) {
  VILTREE_CHECK(!done_);
  if (counts.trees == 0) {
    done_ = true;
    return;
  }
  const auto trees = static_cast<double>(counts.trees);
  const double likelihood = counts.log_likelihood / trees;
  const double score = likelihood + log_prior(proposal_) / trees;
  const bool first = rounds_++ == 0;
  done_ = rounds_ == kMostRounds;
  if (first) best_.log_likelihood_before = likelihood;
  best_.rounds = rounds_;
  if (!first && score < best_score_) {
    // Too far. A plain round cannot be, but for the last digits.
    done_ = done_ || rate_ == 1;
    proposal_ = plain_;
    rate_ = 1;
    idle_ = 0;
    return;
  }
  // The rate is that of this round; the next one's is set below.
  const bool gained = first || score - best_score_ >= kEnough;
  idle_ = gained || rate_ < kLong ? 0 : idle_ + 1;
  done_ = done_ || idle_ == 2;
  best_.kernel = proposal_;
  best_.trees = counts.trees;
  best_.log_likelihood_after = likelihood;
  best_score_ = score;
  plain_ = fit_kernel(counts, kStrength);
  rate_ = first ? 1 : rate_ * kFaster;
  proposal_ = extrapolated(best_.kernel, plain_, rate_);
}

}  // namespace viltree::search
