#include <viltree/domain/bill.hpp>

namespace viltree::domain {

namespace {

void add_known(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

void add_part_of(std::optional<std::uint64_t>& sum, const std::optional<std::uint64_t>& part) {
  if (sum && part) {
    *sum += *part;
  } else {
    sum.reset();
  }
}

}  // namespace

void Usage::add(const Usage& other) {
  add_known(prompt_tokens, other.prompt_tokens);
  add_known(cached_tokens, other.cached_tokens);
  add_known(completion_tokens, other.completion_tokens);
  add_known(reasoning_tokens, other.reasoning_tokens);
}

void Usage::add_part(const Usage& other) {
  add_part_of(prompt_tokens, other.prompt_tokens);
  add_part_of(cached_tokens, other.cached_tokens);
  add_part_of(completion_tokens, other.completion_tokens);
  add_part_of(reasoning_tokens, other.reasoning_tokens);
}

void Bill::add(const Bill& part) {
  if (requests == 0) {
    usage = part.usage;
  } else {
    usage.add_part(part.usage);
  }
  requests += part.requests;
  discarded += part.discarded;
  if (!part.model.empty()) model = part.model;
}

}  // namespace viltree::domain
