#include "received.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace viltree::crawl {

namespace {

constexpr std::size_t kGroupBytes = 8U << 20U;  // text of one frame of the journal

/// What came of a refused sample is paid for, too. Who refused it may be any of the policy's models.
domain::Bill bill_of_refusal(domain::Bill bill, const std::string& model) {
  bill.requests = std::max(bill.requests, 1U);
  bill.model = model;
  return bill;
}

domain::TreeEvent checked(const OpenTree& tree, domain::Ticket ticket, policy::Completed completed,
                          checker::Ask ask) {
  domain::TreeEvent event;
  event.ticket = ticket;
  event.bill = std::move(completed.bill);
  const checker::Checker* const checker = tree.checker() ? &*tree.checker() : nullptr;
  std::string solution = tree.prefix(ticket);
  const std::size_t prefix_size = solution.size();
  for (domain::Completion& completion : completed.completions) {
    solution.resize(prefix_size);
    solution += completion.text;
    checker::Check check = checker::check(checker, solution, completion.finish);
    const bool to_judge = checker::asks_judge(tree.problem(), check, ask);
    event.rollouts.push_back({std::move(completion), check.verdict, std::move(check.answer), to_judge});
  }
  return event;
}

/// The tree takes none of what came of the sample.
domain::TreeEvent refused(domain::Ticket ticket, policy::Uncompleted refusal, const std::string& model) {
  domain::TreeEvent event;
  event.ticket = ticket;
  event.refusal = std::move(refusal.reason);
  event.bill = bill_of_refusal(std::move(refusal.bill), model);
  return event;
}

/// A refusal and a reply that says neither are failures; no answer is wrong for that.
domain::Ruling ruling_of(const OpenTree& tree, domain::Ticket question, policy::SampleResult result,
                         const std::string& model) {
  domain::Ruling ruling;
  ruling.answer = tree.question(question);
  ruling.rules = tree.checker()->compare(ruling.answer);  // of the answer alone, whoever came to it first
  if (!result) {
    ruling.reply = result.error().reason;
    ruling.bill = bill_of_refusal(std::move(result.error().bill), model);
    return ruling;
  }
  domain::Completion& completion = result->completions.front();
  ruling.verdict = said_by_judge(completion);
  ruling.bill = std::move(result->bill);
  ruling.reply = std::move(completion.text);
  return ruling;
}

}  // namespace

std::optional<checker::Checker> checker_of(const domain::Problem& problem,
                                           const checker::CheckOptions& options) {
  auto checker = checker::Checker::make(problem, options);
  if (!checker) return std::nullopt;
  return *std::move(checker);
}

domain::Verdict said_by_judge(const domain::Completion& completion) {
  const bool is_whole = completion.finish == domain::FinishReason::kStop;
  return is_whole ? checker::read_ruling(completion.text) : domain::Verdict::kFailed;
}

Received read_letter(OpenTree& tree, Letter letter, checker::Ask ask, const std::string& model) {
  Received received;
  received.tree = &tree;
  codec::JournalRecord& record = received.record;
  record.problem = letter.problem;
  record.problem_id = tree.problem().id;
  record.fingerprint = tree.fingerprint();
  if (letter.asked == Asked::kJudge) {
    record.content = ruling_of(tree, letter.ticket, std::move(letter.result), model);
  } else if (letter.result) {
    record.content = checked(tree, letter.ticket, std::move(*letter.result), ask);
  } else {
    record.content = refused(letter.ticket, std::move(letter.result.error()), model);
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
