#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace viltree::codec {

/// Whose tree a line of a tree archive is.
struct TreeKey {
  std::uint64_t index = 0;
  std::string id;
};

/// Read from the line's beginning, without parsing the rest of it; nothing where it is not there.
[[nodiscard]] std::optional<TreeKey> tree_key(std::string_view line);

}  // namespace viltree::codec
