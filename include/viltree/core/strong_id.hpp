#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace viltree::core {

/// A number that cannot be mistaken for another kind of number.
template <class Tag, class Value>
struct StrongId {
  Value value{};
  friend constexpr auto operator<=>(StrongId, StrongId) = default;
};

}  // namespace viltree::core

template <class Tag, class Value>
struct std::hash<viltree::core::StrongId<Tag, Value>> {
  std::size_t operator()(viltree::core::StrongId<Tag, Value> id) const {
    return std::hash<Value>{}(id.value);
  }
};
