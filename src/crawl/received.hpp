#pragma once

#include "mailbox.hpp"
#include "open_tree.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/checker/ruling.hpp>
#include <viltree/codec/codec.hpp>

#include <optional>
#include <string>
#include <vector>

namespace viltree::crawl {

/// An answer or a refusal, read, on its way into the journal and then into its tree.
struct Received {
  OpenTree* tree = nullptr;
  codec::JournalRecord record;
  std::string line;  ///< the record as the journal keeps it
};

/// The checker of one problem's final answers; none where its reference cannot be compared.
[[nodiscard]] std::optional<checker::Checker> checker_of(const domain::Problem& problem,
                                                         const checker::CheckOptions& options);

/// Checks every completion of a sample, or reads what the judge replied. `model` is who refused,
/// where there is none. Thread-safe for different letters.
[[nodiscard]] Received read_letter(OpenTree& tree, Letter letter, checker::Ask ask, const std::string& model);

/// What a judge's reply says: failed where it says neither, and where it is not whole.
[[nodiscard]] domain::Verdict said_by_judge(const domain::Completion& completion);

/// Lines in groups of bounded size, each of which becomes one frame of the journal.
[[nodiscard]] std::vector<std::vector<std::string>> journal_groups(const std::vector<Received>& received);

}  // namespace viltree::crawl
