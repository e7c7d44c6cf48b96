#include "received.hpp"

#include <viltree/verify/judge.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace viltree::crawl {

namespace {

constexpr std::size_t kGroupBytes = 8U << 20U;  // text of one frame of the journal

/// None where the server did not count every completion.
std::optional<std::uint64_t> sum_of_tokens(const std::vector<domain::Completion>& completions) {
  std::uint64_t sum = 0;
  for (const domain::Completion& completion : completions) {
    if (!completion.tokens) return std::nullopt;
    sum += *completion.tokens;
  }
  return sum;
}

void judge_all(const OpenTree& tree, policy::Answer answer, domain::TreeEvent& event) {
  event.usage = answer.usage;
  event.requests = std::max(answer.requests, 1U);
  event.discarded = answer.discarded;
  if (!event.usage.completion_tokens && event.discarded == 0)
    event.usage.completion_tokens = sum_of_tokens(answer.completions);
  event.policy = std::move(answer.model);
  const verify::Checker* const checker = tree.checker() ? &*tree.checker() : nullptr;
  std::string solution = tree.prefix(event.ticket);
  const std::size_t prefix_size = solution.size();
  for (domain::Completion& completion : answer.completions) {
    solution.resize(prefix_size);
    solution += completion.text;
    verify::Judgement judgement = verify::judge(checker, solution, completion.finish);
    event.rollouts.push_back({std::move(completion), judgement.verdict, std::move(judgement.answer)});
  }
}

/// What came of the sample is paid for, but the tree takes none of it.
void refuse(const policy::SampleError& error, domain::TreeEvent& event) {
  event.refusal = error.message;
  event.usage = error.begun.usage;
  event.requests = std::max(error.begun.requests, 1U);
  event.discarded = error.begun.completions();
}

}  // namespace

std::optional<verify::Checker> checker_of(const domain::Problem& problem,
                                          const verify::CheckOptions& options) {
  auto checker = verify::Checker::make(problem, options);
  if (!checker) return std::nullopt;
  return *std::move(checker);
}

Received check_answer(OpenTree& tree, Letter letter, const std::string& model) {
  Received received;
  received.tree = &tree;
  codec::JournalRecord& record = received.record;
  record.problem = letter.problem;
  record.problem_id = tree.problem().id;
  record.fingerprint = tree.fingerprint();
  record.event.ticket = letter.ticket;
  if (letter.result) {
    judge_all(tree, std::move(*letter.result), record.event);
  } else {
    refuse(letter.result.error(), record.event);
    record.event.policy = model;
  }
  received.line = codec::encode_record(record);
  return received;
}

std::vector<std::vector<std::string>> journal_groups(const std::vector<Received>& received) {
  std::vector<std::vector<std::string>> groups;
  std::size_t bytes = 0;
  for (const Received& one : received) {
    if (groups.empty() || bytes + one.line.size() > kGroupBytes) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().push_back(one.line);
    bytes += one.line.size();
  }
  return groups;
}

}  // namespace viltree::crawl
