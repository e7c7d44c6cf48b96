#pragma once

#include "rulings.hpp"
#include "send_queue.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/archive/unit_writer.hpp>
#include <viltree/checker/checker.hpp>
#include <viltree/codec/codec.hpp>
#include <viltree/core/result.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/search/machine.hpp>
#include <viltree/search/machine_factory.hpp>
#include <viltree/search/prefill.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace viltree::crawl {

/// A tree that is being grown. One owner at a time.
class OpenTree {
 public:
  OpenTree(domain::Problem problem, std::string fingerprint, std::shared_ptr<const policy::Prompt> prompt,
           std::unique_ptr<search::Machine> machine, std::optional<checker::Checker> checker = std::nullopt);

  /// Starts the machine and gives it the answers that the journal has already. kCorruption where they do not
  /// fit; but where some answers `may_be_lost`, those that rest on lost ones (nobody has asked for them) are
  /// left out. Returns how many.
  [[nodiscard]] core::Result<std::uint64_t> start(JournalledAnswers known, bool may_be_lost = false);

  /// Applies one answer, at once or as soon as the judge has said what it waits for: then a question is new.
  /// New actions become open.
  [[nodiscard]] core::Status apply(domain::TreeEvent event);
  /// Takes what the judge said, and applies what waited for it alone.
  [[nodiscard]] core::Status apply(domain::Ruling ruling);

  [[nodiscard]] bool finished() const { return machine_->finished(); }
  [[nodiscard]] const domain::Problem& problem() const { return problem_; }
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const std::shared_ptr<const policy::Prompt>& prompt() const { return prompt_; }
  /// None where the problem has no reference that can be compared: then no solution is right or wrong.
  [[nodiscard]] const std::optional<checker::Checker>& checker() const { return checker_; }
  [[nodiscard]] const search::Machine& machine() const { return *machine_; }
  /// What its answers brought, those included that wait for an earlier ticket.
  [[nodiscard]] const archive::Totals& totals() const { return totals_; }
  /// Of its tree, as of the last weigh().
  [[nodiscard]] std::uint64_t memory_bytes() const { return memory_bytes_; }
  void weigh() { memory_bytes_ = machine_->tree().memory_bytes(); }
  /// Prompt tokens of one request at the root, where the server counted them.
  [[nodiscard]] std::optional<std::uint64_t> root_prompt_tokens() const;

  /// Actions that became open since the last call, in ticket order.
  [[nodiscard]] std::vector<Wanted> take_new_actions();
  /// Questions to the judge that are new since the last call; their tickets are the questions' own.
  [[nodiscard]] std::vector<Wanted> take_new_questions();
  /// The final answer that the judge is asked about.
  [[nodiscard]] const std::string& question(domain::Ticket number) const;
  /// The verdicts of what was applied since the last call.
  [[nodiscard]] domain::Evidence take_new_verdicts() { return std::exchange(new_verdicts_, {}); }
  [[nodiscard]] const search::SampleAction& action(domain::Ticket ticket) const { return open_.at(ticket); }
  [[nodiscard]] std::string prefix(domain::Ticket ticket) const;
  [[nodiscard]] std::size_t prefix_bytes(domain::Ticket ticket) const {
    return machine_->tree().prefix_bytes(action(ticket).node);
  }
  /// The tree with its totals, rows apart; as its last act.
  [[nodiscard]] archive::FinishedTree finish(const search::MachineFactory& machines) &&;
  /// The tree as it is now, for the archive.
  [[nodiscard]] search::StoredTree stored(const search::MachineFactory& machines) const;

 private:
  void open(const std::vector<search::SampleAction>& actions);
  void ask_judge(const domain::TreeEvent& event);
  void count_ruling(const std::string& answer);
  core::Status give_machine(domain::TreeEvent event);
  [[nodiscard]] search::StoredTree without_tree(const search::MachineFactory& machines) const;

  domain::Problem problem_;
  std::string fingerprint_;
  std::shared_ptr<const policy::Prompt> prompt_;
  std::unique_ptr<search::Machine> machine_;
  std::optional<checker::Checker> checker_;
  std::map<domain::Ticket, search::SampleAction> open_;  ///< not answered
  std::vector<domain::Ticket> new_;
  std::vector<search::AskedPrompt> asked_;  ///< by answer
  Rulings rulings_;
  std::set<std::string, std::less<>> final_answers_;  ///< that the judge decides, ruled on or not
  std::vector<const std::string*> questions_;         ///< about these, by number from 1
  std::vector<domain::Ticket> new_questions_;
  std::vector<domain::TreeEvent> unsettled_;  ///< wait for the judge
  domain::Evidence new_verdicts_;
  archive::Totals totals_;
  std::uint64_t memory_bytes_ = 0;
};

}  // namespace viltree::crawl
