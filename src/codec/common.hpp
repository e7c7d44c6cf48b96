#pragma once

#include "stored_line.hpp"

#include <viltree/domain/bill.hpp>
#include <viltree/domain/completion.hpp>
#include <viltree/domain/problem.hpp>
#include <viltree/json/writer.hpp>

namespace viltree::codec {

/// The parts that several records share; each writer has its reader beside it.

/// Members prompt_tokens, cached_tokens, completion_tokens, reasoning_tokens of the open object; the unknown
/// are left out.
void write_usage(json::Writer& json, const domain::Usage& usage);
[[nodiscard]] domain::Usage read_usage(const Fields& fields);

/// Members `who` (the model), usage, requests and discarded of the open object; requests is left out where it
/// is 1, discarded where it is 0.
void write_bill(json::Writer& json, std::string_view who, const domain::Bill& bill);
[[nodiscard]] domain::Bill read_bill(const Fields& fields, const char* who);

/// Members tokens, logprob, finish, verdict and answer of the open object: a rollout without its text.
struct Outcome {
  domain::FinishReason finish = domain::FinishReason::kStop;
  domain::Verdict verdict = domain::Verdict::kUnparsed;
  std::optional<std::uint32_t> tokens;
  std::optional<float> logprob;
  std::optional<std::string_view> answer;
};
void write_outcome(json::Writer& json, const Outcome& outcome);
[[nodiscard]] domain::Rollout read_outcome(const Fields& fields);

}  // namespace viltree::codec
