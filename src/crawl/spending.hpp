#pragma once

#include "budget.hpp"
#include "clients.hpp"
#include "open_trees.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/crawl/crawl.hpp>

#include <optional>

namespace viltree::crawl {

/// What the run has brought and cost so far, earlier sessions included, beside what it may cost. For one
/// thread.
class Spending {
 public:
  /// `committed` is what finished trees of earlier sessions brought, `journaled` what else is in the journal.
  Spending(const Options& options, const Clients& clients, const archive::Totals& committed,
           const archive::Totals& journaled);

  [[nodiscard]] const archive::Totals& totals() const { return totals_; }
  /// With what stopped samples cost.
  [[nodiscard]] archive::Totals totals_of_session() const;
  /// In money; none where anything that was asked was not counted.
  [[nodiscard]] std::optional<double> cost_of(const archive::Totals& totals) const;

  /// Its verdicts count when it is applied: some may wait for the judge.
  void count(const domain::TreeEvent& event) { totals_.add_cost(event); }
  void count(const domain::Ruling& ruling) { totals_.judge.add(ruling); }
  void count(const domain::Evidence& verdicts) { totals_.verdicts.add(verdicts); }
  void count_rejection() { ++totals_.rejected; }
  void count_finished(const archive::Totals& of_tree);

  /// Reserves what a request may cost; false, and nothing is reserved, where that would go beyond the budget.
  [[nodiscard]] bool reserve(const Amount& most);
  void give_back(const Amount& reserved) { budget_.give_back(reserved); }
  /// Whether the open trees and one more would fit if they cost what finished trees cost; before any is
  /// finished, whether one more request does.
  [[nodiscard]] bool fits_another(const OpenTrees& open) const;

 private:
  [[nodiscard]] Amount used_by(const archive::Totals& totals) const;
  [[nodiscard]] Amount used() const;

  const Options& options_;
  const Clients& clients_;
  Budget budget_;
  archive::Totals totals_;
  archive::Totals finished_;  ///< of the totals, those of finished trees
};

}  // namespace viltree::crawl
