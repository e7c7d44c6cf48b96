#include "members.hpp"

#include <nlohmann/json.hpp>

namespace viltree::simulated {

namespace {

bool fits(const json::Value& value) {
  return !value.is_number_unsigned() || value.get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX);
}

}  // namespace

void Members::fail(std::string message, std::string_view param) {
  if (!error_) error_ = ApiError{400, std::move(message), "", std::string(param)};
}

std::string Members::text_or_empty(std::string_view key) {
  return find(key) == nullptr ? std::string() : text(key);
}

std::string Members::text(std::string_view key) {
  const json::Value* value = find(key);
  if (value != nullptr && value->is_string()) return value->get<std::string>();
  fail(quoted(key) + " must be a string", key);
  return {};
}

bool Members::flag(std::string_view key, bool otherwise) {
  const json::Value* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail(quoted(key) + " must be true or false", key);
  return value->is_boolean() && value->get<bool>();
}

std::int64_t Members::integer(std::string_view key, std::int64_t otherwise, std::int64_t most) {
  const json::Value* value = find(key);
  if (value == nullptr) return otherwise;
  const bool whole = value->is_number_integer() && fits(*value);
  if (whole && value->get<std::int64_t>() >= 1 && value->get<std::int64_t>() <= most)
    return value->get<std::int64_t>();
  fail(quoted(key) + " must be a whole number from 1 to " + std::to_string(most), key);
  return otherwise;
}

double Members::number(std::string_view key, double otherwise, double most) {
  const json::Value* value = find(key);
  if (value == nullptr) return otherwise;
  if (value->is_number() && value->get<double>() >= 0 && value->get<double>() <= most)
    return value->get<double>();
  fail(quoted(key) + " must be a number from 0 to " + std::to_string(static_cast<int>(most)), key);
  return otherwise;
}

}  // namespace viltree::simulated
