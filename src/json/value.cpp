#include <viltree/core/json_depth.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <nlohmann/json.hpp>

namespace viltree::json {

namespace {

constexpr std::size_t kMostReasonBytes = 200;

template <class Json>
std::optional<Json> parse_as(std::string_view text) {
  if (!core::json_depth_within(text)) return std::nullopt;
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (value.is_discarded()) return std::nullopt;
  return value;
}

/// The library's message without its own prefix and without "line 1".
std::string reason_of(const Value::parse_error& error) {
  const std::string_view what = error.what();
  const std::size_t syntax = what.find("syntax error");
  const std::string_view reason = syntax == std::string_view::npos ? what : what.substr(syntax);
  return "invalid JSON at byte " + std::to_string(error.byte) + ": " +
         core::repair_utf8(reason.substr(0, kMostReasonBytes));
}

}  // namespace

std::optional<Value> parse(std::string_view text) {
  return parse_as<Value>(text);
}

std::optional<OrderedValue> parse_ordered(std::string_view text) {
  return parse_as<OrderedValue>(text);
}

std::string defect_of(std::string_view text) {
  if (!core::is_utf8(text)) return "invalid UTF-8";
  if (!core::json_depth_within(text))
    return "JSON nested deeper than " + std::to_string(core::limits::kJsonDepth) + " levels";
  try {
    const Value parsed = Value::parse(text);
    return "nothing";
  } catch (const Value::parse_error& error) {
    return reason_of(error);
  } catch (const Value::exception& error) {  // such as a number that no double holds
    return std::string("invalid JSON: ") + error.what();
  }
}

const Value* find(const Value& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const Value* find_not_null(const Value& object, std::string_view name) {
  const Value* found = find(object, name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> find_string(const Value& object, std::string_view name) {
  const Value* member = find(object, name);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<std::uint64_t> find_count(const Value& object, std::string_view name) {
  const Value* member = find(object, name);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  return member->get<std::uint64_t>();
}

std::optional<std::string> text_of(const Value& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  return std::nullopt;
}

}  // namespace viltree::json
