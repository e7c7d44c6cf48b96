#pragma once

#include "paint.hpp"

#include <viltree/search/stored_tree.hpp>

#include <cstdint>
#include <string>

namespace viltree::inspect {

/// What is told above a tree: a line per field, empty fields left out.
[[nodiscard]] std::string header_text(const search::StoredTree& stored, std::uint64_t breaks,
                                      const Paint& paint, std::size_t width);

}  // namespace viltree::inspect
