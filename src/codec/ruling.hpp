#pragma once

#include "stored_line.hpp"

#include <viltree/domain/ruling.hpp>
#include <viltree/json/writer.hpp>

namespace viltree::codec {

/// A ruling as an object, for the journal and the tree archive alike.
void write_ruling(json::Writer& json, const domain::Ruling& ruling);
[[nodiscard]] domain::Ruling read_ruling(const Fields& fields);

}  // namespace viltree::codec
