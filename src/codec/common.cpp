#include "common.hpp"

#include <cmath>

namespace viltree::codec {

namespace {

void write_known(json::Writer& json, std::string_view name, std::optional<std::uint64_t> number) {
  if (number) json.key(name).integer(*number);
}

}  // namespace

void write_usage(json::Writer& json, const domain::Usage& usage) {
  write_known(json, "prompt_tokens", usage.prompt_tokens);
  write_known(json, "cached_tokens", usage.cached_tokens);
  write_known(json, "completion_tokens", usage.completion_tokens);
  write_known(json, "reasoning_tokens", usage.reasoning_tokens);
}

domain::Usage read_usage(const Fields& fields) {
  return {fields.optional_integer("prompt_tokens"), fields.optional_integer("cached_tokens"),
          fields.optional_integer("completion_tokens"), fields.optional_integer("reasoning_tokens")};
}

void write_bill(json::Writer& json, std::string_view who, const domain::Bill& bill) {
  json.exact_member(who, bill.model).key("usage").begin_object();
  write_usage(json, bill.usage);
  json.end_object();
  if (bill.requests != 1) json.key("requests").integer(bill.requests);
  if (bill.discarded != 0) json.key("discarded").integer(bill.discarded);
}

domain::Bill read_bill(const Fields& fields, const char* who) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  domain::Bill bill;
  bill.model = fields.text(who);
  const auto requests = fields.optional_integer("requests", kMost);
  if (requests == 0) fields.complain("requests", "is 0, but an answer needs one");
  bill.usage = read_usage(fields.object("usage"));
  bill.requests = static_cast<std::uint32_t>(requests.value_or(1));
  bill.discarded = static_cast<std::uint32_t>(fields.optional_integer("discarded", kMost).value_or(0));
  return bill;
}

void write_outcome(json::Writer& json, const Outcome& outcome) {
  json.key("verdict").text(name(outcome.verdict)).key("finish").text(name(outcome.finish));
  write_known(json, "tokens", outcome.tokens);
  if (outcome.logprob && std::isfinite(*outcome.logprob)) json.key("logprob").decimal(*outcome.logprob);
  if (outcome.answer) json.exact_member("answer", *outcome.answer);
}

domain::Rollout read_outcome(const Fields& fields) {
  domain::Rollout rollout;
  rollout.verdict = fields.one_of("verdict", &domain::verdict_from);
  rollout.completion.finish = fields.one_of("finish", &domain::finish_reason_from);
  if (const auto tokens = fields.optional_integer("tokens", std::numeric_limits<std::uint32_t>::max())) {
    rollout.completion.tokens = static_cast<std::uint32_t>(*tokens);
  }
  if (const auto logprob = fields.optional_decimal("logprob")) {
    rollout.completion.logprob = static_cast<float>(*logprob);
  }
  rollout.answer = fields.optional_text("answer");
  return rollout;
}

}  // namespace viltree::codec
