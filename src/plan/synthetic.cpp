#include "synthetic.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/policy/reprompt.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/search/prefill.hpp>
#include <viltree/search/stored_tree.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

namespace viltree::plan {

namespace {

constexpr std::string_view kSlip = "slip";

std::uint64_t rounded(double value) {
  return static_cast<std::uint64_t>(std::llround(value));
}

}  // namespace

double assumed_prompt_tokens(const Assumptions& assumptions, const domain::Problem& problem) {
  std::size_t bytes = problem.question.size();
  for (const std::string& choice : problem.choices) bytes += choice.size() + 1;
  return assumptions.template_tokens + static_cast<double>(bytes) / assumptions.bytes_per_token +
         assumptions.image_tokens * static_cast<double>(problem.images.size());
}

SyntheticModel::SyntheticModel(const Assumptions& assumptions, const domain::Problem& problem,
                               std::string_view splitter, std::uint32_t max_tokens, std::uint64_t seed)
    : assumptions_(assumptions),
      tags_(splitter == "tags"),
      max_tokens_(max_tokens),
      seed_(seed),
      prompt_tokens_(
          rounded(assumed_prompt_tokens(assumptions, problem) * assumptions.servers.prompt_factor)) {
  core::Random random(seed);
  right_ = assumptions.right_from + (assumptions.right_to - assumptions.right_from) * random.uniform();
  slip_ = 1 - std::pow(right_, 1 / assumptions.steps);
}

/// From a half to one and a half times the mean, at least 1.
double SyntheticModel::vary(core::Random& random, double mean) const {
  return std::max(1.0, std::round(mean * (0.5 + random.uniform())));
}

std::string SyntheticModel::step(core::Random& random, std::size_t number, std::uint64_t tokens,
                                 bool slips) const {
  std::string text = (tags_ ? "<step>Step " : "Step ") + std::to_string(number) + ':';
  if (slips) text += ' ' + std::string(kSlip);
  const auto bytes = static_cast<std::size_t>(static_cast<double>(tokens) * assumptions_.bytes_per_token);
  while (text.size() + 10 < bytes) {
    text += ' ';
    // No "s", so that no word is the one that marks a wrong step.
    for (std::int64_t letters = random.between(2, 9); letters > 0; --letters)
      text += static_cast<char>('a' + random.between(0, 17));
  }
  text += ' ' + std::to_string(random.between(0, 999'999));
  return text + (tags_ ? "</step>\n\n" : "\n\n");
}

domain::Rollout SyntheticModel::rollout(core::Random random, std::size_t depth, bool lost) const {
  const auto wanted = static_cast<std::size_t>(vary(random, assumptions_.steps));
  domain::Rollout rollout;
  std::string& text = rollout.completion.text;
  std::uint64_t tokens = 0;
  std::size_t written = depth;
  do {
    const auto more = static_cast<std::uint64_t>(vary(random, assumptions_.tokens_per_step));
    const bool slips = random.uniform() < slip_;
    lost = lost || slips;
    text += step(random, ++written, more, slips);
    tokens += more;
  } while (written < wanted && tokens < max_tokens_);
  rollout.verdict = lost ? domain::Verdict::kWrong : domain::Verdict::kRight;
  rollout.answer = lost ? "0" : "1";
  if (tokens > max_tokens_ || written < wanted) {
    text.resize(std::min(text.size(), static_cast<std::size_t>(static_cast<double>(max_tokens_) *
                                                               assumptions_.bytes_per_token)));
    tokens = std::min<std::uint64_t>(tokens, max_tokens_);
    rollout.completion.finish = domain::FinishReason::kLength;
    rollout.verdict = domain::Verdict::kTruncated;
    rollout.answer.reset();
  }
  rollout.completion.tokens = static_cast<std::uint32_t>(tokens);
  return rollout;
}

domain::TreeEvent SyntheticModel::answer(const search::SampleAction& action, const search::Tree& tree) const {
  const std::string prefix = tree.prefix(action.node);
  const bool lost = prefix.find(kSlip) != std::string::npos;
  domain::TreeEvent event;
  event.ticket = action.ticket;
  event.bill.model = "synthetic";
  const std::size_t words = assumptions_.reprompts && !prefix.empty() ? policy::reprompt({}).size() : 0;
  event.bill.requests = assumptions_.servers.requests_for(action.n, action.seed);
  event.bill.usage.prompt_tokens =
      event.bill.requests *
      (prompt_tokens_ + rounded(static_cast<double>(prefix.size() + words) / assumptions_.bytes_per_token));
  event.bill.usage.completion_tokens = 0;
  for (std::uint32_t i = 0; i < action.n; ++i) {
    const core::Random random(core::mix64(seed_, action.seed + i));
    event.rollouts.push_back(rollout(random, tree.node(action.node).depth, lost));
    *event.bill.usage.completion_tokens += *event.rollouts.back().completion.tokens;
  }
  return event;
}

namespace {

/// A tree that grew on synthetic answers.
struct Grown {
  search::StoredTree stored;
  std::vector<search::AskedPrompt> asked;
  std::uint64_t journal_text = 0;  ///< bytes
  std::uint64_t requests = 0;
};

Grown grow(const search::MachineFactory& machines, const domain::Problem& problem,
           const SyntheticModel& model) {
  Grown grown;
  const auto machine = machines.make(problem, search::built_in_kernel());
  codec::JournalRecord record{problem.index, problem.id, domain::fingerprint(problem), {}};
  auto actions = machine->start();
  std::deque<search::SampleAction> waiting(actions.begin(), actions.end());
  while (!waiting.empty()) {
    const search::SampleAction action = waiting.front();
    waiting.pop_front();
    domain::TreeEvent event = model.answer(action, machine->tree());
    record.content = event;
    grown.journal_text += codec::encode_record(record).size() + 1;
    grown.requests += event.bill.requests;
    grown.asked.push_back({action.node, event.bill.usage.prompt_tokens, std::nullopt, event.bill.requests});
    const auto more = machine->apply(std::move(event));
    if (more) waiting.insert(waiting.end(), more->begin(), more->end());
  }
  grown.stored.problem = problem;
  for (domain::Image& image : grown.stored.problem.images) image.bytes.reset();
  grown.stored.strategy = machines.options().strategy;
  grown.stored.seed = machines.seed_of(problem);
  grown.stored.tree = machine->tree();
  return grown;
}

void add_disk(Sample& sample, const Grown& grown, const domain::Problem& problem,
              const crawl::Options& options, const Assumptions& assumptions) {
  std::size_t rows = 0;
  std::size_t row_text = 0;
  const auto& stored = grown.stored;
  for (const domain::LabelRow& row :
       labels::rows(stored.problem, stored.tree, options.labels, options.facts)) {
    ++rows;
    row_text += codec::encode_row(row).size() + 1;
  }
  const auto compressed = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / assumptions.compression;
  };
  at(sample, Quantity::kRows) = static_cast<double>(rows);
  at(sample, Quantity::kShardBytes) = compressed(row_text);
  at(sample, Quantity::kTreeBytes) = compressed(codec::encode_tree(stored).size() + 1);
  at(sample, Quantity::kJournalBytes) = options.keep_journal ? compressed(grown.journal_text) : 0;
  at(sample, Quantity::kImageBytes) = 0;
  for (const domain::Image& image : problem.images)
    at(sample, Quantity::kImageBytes) += image.bytes ? static_cast<double>(image.bytes->size()) : 0;
}

Sample sample_of(const Grown& grown, const domain::Problem& problem, const crawl::Options& options,
                 const Assumptions& assumptions) {
  const search::Spent& spent = grown.stored.tree.spent();
  domain::Usage usage = spent.usage;
  Sample sample{};
  at(sample, Quantity::kRequests) = static_cast<double>(grown.requests);
  at(sample, Quantity::kRollouts) = static_cast<double>(spent.rollouts);
  at(sample, Quantity::kGeneratedTokens) = static_cast<double>(usage.completion_tokens.value_or(0));
  const std::uint64_t prompt = usage.prompt_tokens.value_or(0);
  const std::uint64_t computed =
      std::min(prompt, search::prefill_bound(grown.stored.tree, grown.asked).value_or(prompt));
  at(sample, Quantity::kPromptTokens) = static_cast<double>(prompt);
  at(sample, Quantity::kComputedTokens) = static_cast<double>(computed);
  at(sample, Quantity::kCachedTokens) = static_cast<double>(prompt - computed);
  at(sample, Quantity::kMoneyUncached) = archive::cost(usage, options.prices).value_or(0);
  if (assumptions.servers.tell_cached) usage.cached_tokens = prompt - computed;
  at(sample, Quantity::kMoney) = archive::cost(usage, options.prices).value_or(0);
  add_disk(sample, grown, problem, options, assumptions);
  return sample;
}

}  // namespace

std::vector<Sample> synthetic_samples(const crawl::Options& options,
                                      const std::vector<domain::Problem>& problems,
                                      const Assumptions& assumptions) {
  const search::MachineFactory machines(options.search);
  std::vector<Sample> samples;
  for (std::uint64_t i = 0; i < assumptions.trees && !problems.empty(); ++i) {
    const domain::Problem& problem = problems[i % problems.size()];
    const SyntheticModel model(assumptions, problem, options.search.steps.splitter, options.search.max_tokens,
                               core::mix64(assumptions.seed, i));
    samples.push_back(sample_of(grow(machines, problem, model), problem, options, assumptions));
  }
  return samples;
}

}  // namespace viltree::plan
