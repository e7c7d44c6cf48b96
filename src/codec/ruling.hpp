#pragma once

#include "fields.hpp"

#include <viltree/codec/json_writer.hpp>
#include <viltree/domain/ruling.hpp>

namespace viltree::codec {

/// A ruling as an object, for the journal and the tree archive alike.
void write_ruling(JsonWriter& json, const domain::Ruling& ruling);
[[nodiscard]] domain::Ruling read_ruling(const Fields& fields);

}  // namespace viltree::codec
