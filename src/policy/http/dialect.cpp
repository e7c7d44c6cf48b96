#include "dialect.hpp"

#include <viltree/core/table.hpp>
#include <viltree/http/http_policy.hpp>

#include <array>

namespace viltree::http {

std::span<const Dialect* const> dialects() {
  static const std::array kDialects = {
      VILTREE_ROW(Dialect, vllm),         VILTREE_ROW(Dialect, sglang),
      VILTREE_ROW(Dialect, llama_server), VILTREE_ROW(Dialect, llama_cpp_python),
      VILTREE_ROW(Dialect, lmdeploy),     VILTREE_ROW(Dialect, ollama),
      VILTREE_ROW(Dialect, tgi),          VILTREE_ROW(Dialect, openai),
  };
  return kDialects;
}

const Dialect* find_dialect(std::string_view name) {
  for (const Dialect* dialect : dialects()) {
    if (dialect->name == name) return dialect;
  }
  return nullptr;
}

const Dialect& detect_dialect(const ListedModel& model) {
  for (const Dialect* dialect : dialects()) {
    if (dialect->owns != nullptr && dialect->owns(model)) return *dialect;
  }
  return *dialects().front();
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Dialect* dialect : dialects()) names.emplace_back(dialect->name);
  return names;
}

}  // namespace viltree::http
