#include "spending.hpp"

#include <cstdint>

namespace viltree::crawl {

namespace {

/// One finished tree's, on the average.
Amount mean_of(const Amount& sum, std::uint64_t trees) {
  const double count = static_cast<double>(trees);
  return {static_cast<std::uint64_t>(static_cast<double>(sum.tokens) / count), sum.usd / count};
}

}  // namespace

Spending::Spending(const Options& options, const Clients& clients, const archive::Totals& committed,
                   const archive::Totals& journaled)
    : options_(options),
      clients_(clients),
      budget_(options.budget),
      totals_(committed),
      finished_(committed) {
  totals_.add(journaled);
}

archive::Totals Spending::totals_of_session() const {
  archive::Totals totals = totals_;
  totals.add(clients_.policy().stopped());
  return totals;
}

std::optional<double> Spending::cost_of(const archive::Totals& totals) const {
  const auto samples = archive::cost(totals.usage, options_.prices);
  if (totals.judge.asked() == 0) return samples;
  const auto rulings = archive::cost(totals.judge.usage, options_.judge.prices);
  if (!samples || !rulings) return std::nullopt;
  return *samples + *rulings;
}

void Spending::count_finished(const archive::Totals& of_tree) {
  ++totals_.trees;
  totals_.add_prefill(of_tree);
  finished_.add(of_tree);
}

bool Spending::reserve(const Amount& most) {
  if (!budget_.fits(used() + budget_.reserved() + most)) return false;
  budget_.reserve(most);
  return true;
}

bool Spending::fits_another(const OpenTrees& open) const {
  if (!budget_.limited()) return true;
  if (finished_.trees == 0)
    return budget_.fits(used() + budget_.reserved() + clients_.policy().most_at_root());
  const Amount mean = mean_of(used_by(finished_), finished_.trees);
  Amount sum = used() + mean;
  open.for_each_growing([&](const OpenTree& tree) { sum = sum + rest_of(mean, used_by(tree.totals())); });
  return budget_.fits(sum);
}

Amount Spending::used_by(const archive::Totals& totals) const {
  Amount sum = clients_.policy().tariff().used(totals.usage, totals.uncounted);
  if (clients_.judge() != nullptr)
    sum = sum + clients_.judge()->tariff().used(totals.judge.usage, totals.judge.uncounted);
  return sum;
}

/// By what was answered, and by samples that were stopped.
Amount Spending::used() const {
  Amount sum = used_by(totals_);
  for (const Client* client : clients_.all())
    sum = sum + client->tariff().used(client->stopped().usage, client->stopped().uncounted);
  return sum;
}

}  // namespace viltree::crawl
