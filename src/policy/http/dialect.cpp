#include "dialect.hpp"

#include <viltree/http/http_policy.hpp>

#include <array>

namespace viltree::http {

namespace {

std::array<const Dialect*, 2> dialects() {
  return {&vllm_dialect(), &llama_server_dialect()};
}

}  // namespace

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : dialects()) {
    if (dialect->name == name) return dialect;
  }
  return nullptr;
}

const Dialect& detect_dialect(std::string_view owned_by) {
  for (const Dialect* dialect : dialects()) {
    if (!dialect->owned_by.empty() && dialect->owned_by == owned_by) return *dialect;
  }
  return vllm_dialect();
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Dialect* dialect : dialects()) names.emplace_back(dialect->name);
  return names;
}

}  // namespace viltree::http
