#include "dialect.hpp"

#include <viltree/http/http_policy.hpp>

#include <array>

namespace viltree::http {

namespace {

std::array<const Dialect*, 8> dialects() {
  return {&vllm_dialect(),     &sglang_dialect(), &llama_server_dialect(), &llama_cpp_python_dialect(),
          &lmdeploy_dialect(), &ollama_dialect(), &tgi_dialect(),          &openai_dialect()};
}

}  // namespace

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
  return vllm_dialect();
}

std::vector<std::string> dialect_names() {
  std::vector<std::string> names;
  for (const Dialect* dialect : dialects()) names.emplace_back(dialect->name);
  return names;
}

}  // namespace viltree::http
