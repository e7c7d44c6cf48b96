#pragma once

#include <viltree/domain/problem.hpp>

#include <cstdint>

namespace viltree::simulated {

/// One of endlessly many built-in vision problems, with its picture: counting shapes by rows, reading a bar
/// chart, the area of a figure on a grid, the length of a route on a map, in turn by the index. The same
/// question, answer and pixels on every machine for the same two numbers. Its id names family and index
/// ("demo-count-000012"), so that ids are unique within one seed. Thread-safe; takes less than a millisecond.
[[nodiscard]] domain::Problem make_problem(std::uint64_t seed, std::uint64_t index);

}  // namespace viltree::simulated
