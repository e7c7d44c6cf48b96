#pragma once

#include <viltree/core/result.hpp>
#include <viltree/crawl/options.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/storage/run_directory.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a crawl would cost, before it is paid for: from synthetic answers, or from problems that were
/// crawled. Functions are pure but for those that take a source or a run, and thread-safe.
namespace viltree::plan {

/// What is known of the servers that would be asked; else assumed.
struct Servers {
  /// One of them, where it is known: siblings that come with one request, and its share of the work.
  struct Server {
    std::uint32_t choices_per_request = 1;
    double weight = 1;
  };
  std::vector<Server> known = {};  ///< none: siblings come with one request, however many
  bool tell_cached = true;         ///< they say what their cache had, so that it may be cheaper
  /// The prompts' tokens as they count them, by those that the assumptions give.
  double prompt_factor = 1;
  std::uint64_t prompts_counted = 0;  ///< for that

  /// Requests for n siblings; `seed` chooses the server.
  [[nodiscard]] std::uint32_t requests_for(std::uint32_t n, std::uint64_t seed) const;
};

/// What a request usually asks for.
struct RequestSize {
  double prompt_tokens = 0;
  double max_tokens = 0;  ///< of each sibling; 0: unknown
};

/// Of servers that are ready. A fixed number in flight bounds what is asked for at once (0: none does), and
/// so does a limit of tokens a minute: no request is larger.
[[nodiscard]] Servers servers_of(std::span<const policy::EndpointState> endpoints, std::uint32_t in_flight,
                                 const RequestSize& request = {});

/// What is assumed of a model that was not asked. A solution has `steps` steps on the average, half to one
/// and a half times as many; so with the tokens of a step. A problem's chance of a right answer lies evenly
/// between the two; it is lost step by step, and a wrong step is never mended.
struct Assumptions {
  double steps = 8;
  double tokens_per_step = 40;
  double right_from = 0.1;
  double right_to = 0.9;
  double bytes_per_token = 4;
  double image_tokens = 1000;   ///< of one image in a prompt
  double template_tokens = 40;  ///< of a prompt beside question and images
  double compression = 4;       ///< text by what is stored of it
  std::uint64_t trees = 300;    ///< synthetic ones
  std::uint64_t seed = 1;       ///< of their answers
  bool reprompts = false;       ///< a prefix is shown in the user's message, with words about it
  Servers servers = {};
};

/// kInvalidInput, naming the value, where one is out of range.
[[nodiscard]] core::Status check(const Assumptions& assumptions);

/// What is counted of one tree. Bytes are those on the disk, money is in the currency of the prices.
enum class Quantity : std::uint8_t {
  kRequests,  ///< over the wire, where nothing is asked again
  kRollouts,
  kPromptTokens,    ///< sent, as if no server kept anything
  kCachedTokens,    ///< of these, what a prefix cache saves: synthetic, at best; measured, as reported
  kComputedTokens,  ///< of these, the rest
  kGeneratedTokens,
  kRows,
  kMoney,  ///< with the prefix cache
  kMoneyUncached,
  kJournalBytes,
  kTreeBytes,
  kShardBytes,
  kImageBytes,
};
inline constexpr std::size_t kQuantities = 13;
[[nodiscard]] std::string_view name(Quantity quantity);

/// One tree's quantities; not a number where unknown.
using Sample = std::array<double, kQuantities>;
[[nodiscard]] inline double& at(Sample& sample, Quantity quantity) {
  return sample[static_cast<std::size_t>(quantity)];
}
[[nodiscard]] inline double at(const Sample& sample, Quantity quantity) {
  return sample[static_cast<std::size_t>(quantity)];
}

/// One quantity over all trees.
struct Range {
  double mean = 0;  ///< of a tree
  double p10 = 0;   ///< 10th and 90th percentile of a tree
  double p90 = 0;
  double total = 0;
  double total_error = 0;  ///< standard error of the total, by the normal approximation
};
using Estimate = std::array<std::optional<Range>, kQuantities>;  ///< none where a sample did not know

/// The samples' mean for `trees` trees. Where `counted` the samples are some of those trees, and only the
/// others are uncertain. Nothing is known without a sample.
[[nodiscard]] Estimate estimate(std::span<const Sample> samples, double trees, bool counted);

/// Problems spread evenly over a data set, and what share of its lines is none.
struct ProblemSample {
  std::vector<domain::Problem> problems;  ///< images with their bytes
  double rejected_share = 0;
};

/// At most `most` lines are looked at. kInvalidInput where none of them is a problem.
[[nodiscard]] core::Result<ProblemSample> sample_problems(dataset::Source& source, std::uint64_t most);

/// The tokens that a prompt of the problem would have at its root.
[[nodiscard]] double assumed_prompt_tokens(const Assumptions& assumptions, const domain::Problem& problem);

/// What servers say of the problems themselves.
struct AskedProblems {
  std::uint64_t put_aside = 0;  ///< taken out, because their images would not be seen
  std::uint64_t counted = 0;    ///< prompts that were sent, for a token each, and counted
  double prompt_factor = 1;     ///< their tokens by those that are assumed
};

/// Takes the problems out that the policy, which was started, puts aside, and sends the prompts of a few of
/// the others. Less is counted where a prompt is refused, or `stop` is set, or the policy cannot be reached:
/// it is stopped then.
[[nodiscard]] AskedProblems ask_about(std::vector<domain::Problem>& problems, policy::Policy& policy,
                                      const Assumptions& assumptions, const std::atomic<bool>& stop);

/// Grows a tree for each of assumptions.trees problems, taken in turn, by the options' own strategy on
/// synthetic answers. FatalError(kUsage) where there is no such strategy or splitter.
[[nodiscard]] std::vector<Sample> synthetic_samples(const crawl::Options& options,
                                                    const std::vector<domain::Problem>& problems,
                                                    const Assumptions& assumptions);

/// The finished trees of a run that these servers wrote, those of units that are not whole included. Errors
/// are those of its files.
[[nodiscard]] core::Result<std::vector<Sample>> measured_samples(const storage::RunDirectory& run,
                                                                 const crawl::Options& options,
                                                                 const Servers& servers = {});

/// All that is told.
struct Plan {
  std::string strategy;
  std::uint64_t lines = 0;  ///< of the data set
  double trees = 0;         ///< problems among them
  std::uint64_t sampled = 0;
  std::optional<Assumptions> assumptions;  ///< none where trees were crawled
  Estimate estimate;
  std::optional<double> tokens_per_second;  ///< generated
  bool speed_was_measured = false;
  /// What the servers together take in a minute; none: some of them has no limit.
  std::optional<double> requests_per_minute;
  std::optional<double> tokens_per_minute;  ///< of prompts and completions
  bool has_judge = false;  ///< whose questions are in the money of crawled trees, and nowhere else
  std::vector<policy::EndpointState> endpoints;

  [[nodiscard]] const std::optional<Range>& of(Quantity quantity) const {
    return estimate[static_cast<std::size_t>(quantity)];
  }
  /// By the speed, and no less than the limits of a minute allow; none: neither is known.
  [[nodiscard]] std::optional<double> hours() const;
  /// What these limits alone allow.
  [[nodiscard]] std::optional<double> least_hours() const;
};

/// Aligned lines for people.
[[nodiscard]] std::string render(const Plan& plan);
/// One JSON object.
[[nodiscard]] std::string to_json(const Plan& plan);

}  // namespace viltree::plan
