#pragma once

#include <viltree/codec/codec.hpp>
#include <viltree/core/result.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/search/machine.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace viltree::crawl {

/// Builds machines: what is common to all trees of a run.
class MachineFactory {
 public:
  /// Throws FatalError(kUsage) where strategy or splitter do not exist.
  explicit MachineFactory(const SearchOptions& options);
  [[nodiscard]] std::unique_ptr<search::Machine> make(const domain::Problem& problem) const;
  [[nodiscard]] std::uint64_t seed_of(const domain::Problem& problem) const;
  [[nodiscard]] const SearchOptions& options() const { return options_; }

 private:
  SearchOptions options_;
  const search::StrategyInfo* strategy_;
  std::unique_ptr<steps::Splitter> splitter_;
};

/// A tree that is being grown. One owner at a time.
class OpenTree {
 public:
  OpenTree(domain::Problem problem, std::string fingerprint, std::shared_ptr<const policy::Prompt> prompt,
           std::unique_ptr<search::Machine> machine);

  /// Starts the machine and gives it the answers that the journal has already, in the order in which they
  /// came. kCorruption where they do not fit.
  [[nodiscard]] core::Status start(std::vector<domain::TreeEvent> known);

  /// Applies one answer. New actions become open.
  [[nodiscard]] core::Status apply(domain::TreeEvent event);

  [[nodiscard]] bool finished() const { return machine_->finished(); }
  [[nodiscard]] const domain::Problem& problem() const { return problem_; }
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }
  [[nodiscard]] const std::shared_ptr<const policy::Prompt>& prompt() const { return prompt_; }
  [[nodiscard]] const search::Machine& machine() const { return *machine_; }

  /// Actions that became open since the last call, in ticket order.
  [[nodiscard]] std::vector<search::SampleAction> take_new_actions();
  [[nodiscard]] const search::SampleAction& action(domain::Ticket ticket) const { return open_.at(ticket); }
  [[nodiscard]] std::string prefix(domain::Ticket ticket) const;
  /// The tree as it is now, for the archive.
  [[nodiscard]] codec::StoredTree stored(const MachineFactory& machines) const;

 private:
  void open(const std::vector<search::SampleAction>& actions);

  domain::Problem problem_;
  std::string fingerprint_;
  std::shared_ptr<const policy::Prompt> prompt_;
  std::unique_ptr<search::Machine> machine_;
  std::map<domain::Ticket, search::SampleAction> open_;  ///< not answered
  std::vector<domain::Ticket> new_;
};

}  // namespace viltree::crawl
