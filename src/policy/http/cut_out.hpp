#pragma once

#include <viltree/domain/completion.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace viltree::http {

/// Takes the bytes from `begin` to `end` out of a completion's text. What the policy decided in them goes
/// too; what it decided behind them keeps its place in the text. The tokens stay: they were generated.
inline void cut_out(domain::Completion& completion, std::size_t begin, std::size_t end) {
  if (begin == end) return;
  completion.text.erase(begin, end - begin);
  if (!completion.decisions) return;
  auto& decisions = *completion.decisions;
  std::erase_if(decisions, [&](const auto& one) { return one.offset >= begin && one.offset < end; });
  for (domain::Decision& one : decisions) {
    if (one.offset >= end) one.offset -= static_cast<std::uint32_t>(end - begin);
  }
}

}  // namespace viltree::http
