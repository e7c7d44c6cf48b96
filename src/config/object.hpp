#pragma once

#include "errors.hpp"

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>
#include <yaml-cpp/yaml.h>

/// Maps that are passed on as JSON.
namespace viltree::config {

/// The map `node`, which is the value of the key `path`, as a JSON object. None where JSON has no such value,
/// or where a word could mean two things (told to `errors`): `no` and `on` are truth values to some readers,
/// `1.2.3` and `007` are numbers to some. Text in quotes is text.
[[nodiscard]] std::optional<nlohmann::json> read_object(const YAML::Node& node, const std::string& path,
                                                        const Place& place, Errors& errors);

/// The text of a JSON object as YAML in one line, of which read_object() makes the same; empty: an empty one.
[[nodiscard]] std::string object_text(const std::string& json);

}  // namespace viltree::config
