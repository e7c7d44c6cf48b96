#pragma once

#include <viltree/core/result.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/judgement.hpp>
#include <viltree/domain/label_row.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/domain/ruling.hpp>
#include <viltree/search/kernel_fit.hpp>
#include <viltree/search/stored_tree.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Domain values to and from stored lines (one JSON object each, without a newline). All functions are pure
/// and thread-safe. Decoding never trusts: kCorruption with the field's name where a line is not what it must
/// be. Text that is not UTF-8 keeps its bytes (field "<name>_base64" in place of "<name>"), except in rows,
/// where it is repaired, because other programs read them.
namespace viltree::codec {

/// One line of the journal: an answer of the policy or of the judge, and whose it is.
struct JournalRecord {
  domain::ProblemIndex problem;
  std::string problem_id;
  std::string fingerprint;  ///< domain::fingerprint of the problem that was asked
  std::variant<domain::TreeEvent, domain::Ruling> content;
};

/// A logprob that is not finite is unknown. Decisions lie within their text.
[[nodiscard]] std::string encode_record(const JournalRecord& record);
[[nodiscard]] core::Result<JournalRecord> decode_record(std::string_view line);

/// One line of a tree archive.
[[nodiscard]] std::string encode_tree(const search::StoredTree& stored);
[[nodiscard]] core::Result<search::StoredTree> decode_tree(std::string_view line);

/// One line of a shard: always the same keys in the same order, soft labels with a decimal point, null for
/// unknown. A row counts filtered and failed rollouts in n_total alone: decoded, they are all failed.
[[nodiscard]] std::string encode_row(const domain::LabelRow& row);
[[nodiscard]] core::Result<domain::LabelRow> decode_row(std::string_view line);

/// One line of a judge's file: {"problem_id": …, "node_id": … or "process": …, "first_wrong": … or null}.
[[nodiscard]] core::Result<domain::Judgement> decode_judgement(std::string_view line);

/// A run's kernel, and what it comes from: one object, whose numbers read back as the same numbers. The rows
/// of a decoded one are distributions.
[[nodiscard]] std::string encode_kernel(const search::FittedKernel& fitted);
[[nodiscard]] core::Result<search::FittedKernel> decode_kernel(std::string_view line);

}  // namespace viltree::codec
