#pragma once

#include <viltree/search/kernel.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace viltree::search {

/// One member of a kernel: rows of shares, each with the sum 1.
template <class Share>
struct KernelTable {
  std::string_view name;
  std::vector<std::span<Share>> rows;
};

/// All members of a kernel that are shares, for whatever treats them alike.
[[nodiscard]] std::vector<KernelTable<double>> tables(Kernel& kernel);
[[nodiscard]] std::vector<KernelTable<const double>> tables(const Kernel& kernel);

/// A kernel, and what it comes from.
struct FittedKernel {
  Kernel kernel = built_in_kernel();
  std::uint64_t trees = 0;   ///< that it was fitted on; 0: it is the built-in one
  std::uint32_t rounds = 0;  ///< looks at all of them
  /// Mean of a tree's log-likelihood (natural, up to a constant of the tree), under the built-in kernel and
  /// under this one.
  double log_likelihood_before = 0;
  double log_likelihood_after = 0;

  [[nodiscard]] bool built_in() const { return trees == 0; }
  friend bool operator==(const FittedKernel&, const FittedKernel&) = default;
};

/// Fits a kernel on trees by expectation-maximisation from the built-in one:
///
///     KernelFit fit;
///     while (!fit.done()) fit.take(<KernelCounts of all trees under fit.proposal()>);
///
/// What is maximised is the likelihood of the trees, times that of a few steps of each class which are
/// distributed as the built-in kernel says, so that a class without data stays as it was. Most steps say
/// little of their type, so that plain rounds are short: longer and longer ones are tried (adaptive
/// overrelaxation, Salakhutdinov and Roweis 2003), until one goes too far. No I/O, clock or thread. One owner
/// at a time.
class KernelFit {
 public:
  static constexpr std::uint32_t kMostRounds = 24;

  /// The kernel under which the trees are to be looked at next.
  [[nodiscard]] const Kernel& proposal() const { return proposal_; }
  /// The counts of all trees under the proposal; always the same trees.
  void take(const KernelCounts& counts);
  /// Further rounds would gain next to nothing, or there were enough of them.
  [[nodiscard]] bool done() const { return done_; }
  /// The best of the proposals so far; the built-in one where there were no trees.
  [[nodiscard]] const FittedKernel& result() const { return best_; }

 private:
  Kernel proposal_ = built_in_kernel();
  Kernel plain_ = built_in_kernel();  ///< one plain round beyond the best
  FittedKernel best_;
  double best_score_ = 0;   ///< of the best, a tree's mean
  double rate_ = 1;         ///< length of the proposal's round, in plain ones
  std::uint32_t idle_ = 0;  ///< long rounds in a row that gained next to nothing
  std::uint32_t rounds_ = 0;
  bool done_ = false;
};

}  // namespace viltree::search
