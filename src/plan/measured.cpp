#include <viltree/archive/committed.hpp>
#include <viltree/archive/totals.hpp>
#include <viltree/archive/trees.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/kernels/kernels.hpp>
#include <viltree/labels/tree_labels.hpp>
#include <viltree/plan/plan.hpp>
#include <viltree/search/stored_tree.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <map>
#include <span>
#include <utility>

namespace viltree::plan {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double known(const std::optional<std::uint64_t>& count) {
  return count ? static_cast<double>(*count) : kUnknown;
}

double known(const std::optional<double>& value) {
  return value.value_or(kUnknown);
}

std::uint64_t file_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  return error ? 0 : bytes;
}

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    sum += file_bytes(entry.path());
  return sum;
}

double money_of(const domain::Usage& usage, const archive::JudgeTotals& judge,
                const crawl::Options& options) {
  const double samples = known(archive::cost(usage, options.prices));
  return judge.asked() == 0 ? samples : samples + known(archive::cost(judge.usage, options.judge.prices));
}

/// A refusal is one request; what its siblings took is not in the tree.
std::uint64_t requests_of(const search::Tree& tree, const Servers& servers) {
  std::map<std::uint64_t, std::uint32_t> siblings;  // by ticket
  for (const search::RolloutRecord& rollout : tree.rollouts()) ++siblings[rollout.ticket.value];
  std::uint64_t requests = tree.spent().answers - siblings.size();
  for (const auto& [ticket, n] : siblings) requests += servers.requests_for(n, ticket);
  return requests;
}

struct Measuring {
  const storage::RunDirectory& run;
  const crawl::Options& options;
  const Servers& servers;
};

Sample sample_of(const search::StoredTree& stored, const Measuring& measuring) {
  const auto& [run, options, servers] = measuring;
  const search::Spent& spent = stored.tree.spent();
  domain::Usage usage = spent.usage;
  archive::JudgeTotals judge;
  for (const domain::Ruling& ruling : stored.rulings) judge.add(ruling);
  Sample sample{};
  at(sample, Quantity::kRequests) = static_cast<double>(requests_of(stored.tree, servers));
  at(sample, Quantity::kRollouts) = static_cast<double>(spent.rollouts);
  at(sample, Quantity::kPromptTokens) = known(usage.prompt_tokens);
  at(sample, Quantity::kCachedTokens) = known(usage.cached_tokens);
  at(sample, Quantity::kComputedTokens) = known(usage.prompt_tokens) - known(usage.cached_tokens);
  at(sample, Quantity::kGeneratedTokens) = known(usage.completion_tokens);
  at(sample, Quantity::kMoney) = money_of(usage, judge, options);
  usage.cached_tokens.reset();
  judge.usage.cached_tokens.reset();
  at(sample, Quantity::kMoneyUncached) = money_of(usage, judge, options);
  at(sample, Quantity::kRows) =
      static_cast<double>(labels::select_rows(stored.tree, options.labels).nodes.size());
  at(sample, Quantity::kTreeBytes) = static_cast<double>(codec::encode_tree(stored).size() + 1);
  for (const domain::Image& image : stored.problem.images)
    at(sample, Quantity::kImageBytes) += static_cast<double>(file_bytes(run.path(image.path)));
  return sample;
}

/// Lets the trees of a unit have their shares of its files: by the bytes of their lines, and by rows.
void share_files(std::span<Sample> samples, const storage::UnitEntry& unit) {
  double text = 0;
  for (const Sample& sample : samples) text += at(sample, Quantity::kTreeBytes);
  const double row_bytes =
      static_cast<double>(unit.shard.bytes) / static_cast<double>(std::max<std::uint64_t>(unit.rows, 1));
  for (Sample& sample : samples) {
    at(sample, Quantity::kTreeBytes) *= static_cast<double>(unit.tree_archive.bytes) / std::max(text, 1.0);
    at(sample, Quantity::kShardBytes) = at(sample, Quantity::kRows) * row_bytes;
  }
}

core::Status add_unit(std::vector<Sample>& samples, const storage::UnitEntry& unit,
                      const Measuring& measuring) {
  const std::size_t before = samples.size();
  archive::TreeWork<std::vector<Sample>> work;
  work.begin = [] { return std::vector<Sample>(); };
  work.add = [&](std::vector<Sample>& of_frame, const search::StoredTree& stored) {
    of_frame.push_back(sample_of(stored, measuring));
    return core::Status();
  };
  work.take = [&](const std::vector<Sample>& of_frame) {
    samples.insert(samples.end(), of_frame.begin(), of_frame.end());
    return core::Status();
  };
  auto done = archive::for_each_tree(measuring.run, {{unit.tree_archive.path}}, 0, work);
  if (done) share_files(std::span(samples).subspan(before), unit);
  return done;
}

/// The journal is shared out by rollouts, whose texts are most of it.
void share_journal(std::vector<Sample>& samples, double bytes) {
  double rollouts = 0;
  for (const Sample& sample : samples) rollouts += at(sample, Quantity::kRollouts);
  for (Sample& sample : samples) {
    at(sample, Quantity::kJournalBytes) =
        rollouts > 0 ? bytes * at(sample, Quantity::kRollouts) / rollouts : 0;
  }
}

}  // namespace

core::Result<std::vector<Sample>> measured_samples(const storage::RunDirectory& run,
                                                   const crawl::Options& options, const Servers& servers) {
  const auto manifest = archive::manifest_or_empty(run);
  if (!manifest) return core::fail(manifest.error());
  const auto kernel = kernels::of_run(run, *manifest);
  if (!kernel) return core::fail(kernel.error());
  crawl::Options used = options;
  used.labels.kernel = kernel->kernel;
  std::vector<Sample> samples;
  for (const storage::UnitEntry& unit : manifest->units) {
    if (auto added = add_unit(samples, unit, {run, used, servers}); !added) return core::fail(added.error());
  }
  share_journal(samples, options.keep_journal ? static_cast<double>(folder_bytes(run.journal())) : 0);
  return samples;
}

}  // namespace viltree::plan
