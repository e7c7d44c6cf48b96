#pragma once

#include "keys.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/limits.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Keys from their parts, by the type of their value: how the table's files write a line.
namespace viltree::config {

inline constexpr double kMany = 9007199254740991;  // 2^53 - 1: the last that every JSON reader keeps
inline constexpr double kMostTexts = 64;           // stop strings, hosts

/// A key whose field holds the value itself, or another arithmetic type.
template <class Object, class Held, class Field>
Key<Object> plain(Facts facts, Field field) {
  Key<Object> key;
  key.facts = std::move(facts);
  key.get = [field](const Object& object) -> Value { return static_cast<Held>(field(object)); };
  key.set = [field](Object& object, const Value& value) {
    using Stored = std::remove_reference_t<decltype(field(object))>;
    field(object) = static_cast<Stored>(std::get<Held>(value));
  };
  return key;
}

template <class Object = Config, class Field>
Key<Object> text(std::string path, Field field, std::string meaning) {
  return plain<Object, std::string>({std::move(path), Type::kText, std::move(meaning)}, field);
}

template <class Object = Config, class Field>
Key<Object> path(std::string path, Field field, std::string meaning) {
  return plain<Object, std::string>({std::move(path), Type::kPath, std::move(meaning)}, field);
}

template <class Field>
Key<Config> texts(std::string path, Field field, std::string meaning) {
  return plain<Config, std::vector<std::string>>(
      {std::move(path), Type::kTextList, std::move(meaning), 0, kMostTexts}, field);
}

template <class Field>
Key<Config> flag(std::string path, Field field, std::string meaning) {
  return plain<Config, bool>({std::move(path), Type::kBool, std::move(meaning)}, field);
}

/// A map, whose field holds the text of a JSON object; empty: none.
template <class Object = Config, class Field>
Key<Object> object(std::string path, const ObjectRule& rule, Field field, std::string meaning) {
  Facts facts{std::move(path), Type::kObject, std::move(meaning)};
  facts.object_rule = &rule;
  return plain<Object, std::string>(std::move(facts), field);
}

struct Range {
  double least;
  double most;
};

template <class Object = Config, class Field>
Key<Object> whole(std::string path, Range range, Field field, std::string meaning) {
  return plain<Object, std::uint64_t>(
      {std::move(path), Type::kWhole, std::move(meaning), range.least, range.most}, field);
}

template <class Field>
Key<Config> auto_or_whole(std::string path, double most, Field field, std::string meaning) {
  return plain<Config, std::uint64_t>({std::move(path), Type::kAutoOrWhole, std::move(meaning), 1, most},
                                      field);
}

template <class Object = Config, class Field>
Key<Object> real(std::string path, Range range, Field field, std::string meaning) {
  return plain<Object, double>({std::move(path), Type::kReal, std::move(meaning), range.least, range.most},
                               field);
}

/// Seconds, whose field holds milliseconds.
template <class Field>
Key<Config> seconds(std::string path, Range range, Field field, std::string meaning) {
  Key<Config> key;
  key.facts = {std::move(path), Type::kReal, std::move(meaning), range.least, range.most};
  key.get = [field](const Config& config) -> Value {
    return std::chrono::duration<double>(field(config)).count();
  };
  key.set = [field](Config& config, const Value& value) {
    const std::chrono::duration<double> time(std::get<double>(value));
    field(config) = std::chrono::round<std::chrono::milliseconds>(time);
  };
  return key;
}

/// Megabytes, whose field holds bytes.
template <class Field>
Key<Config> megabytes(std::string path, Range range, Field field, std::string meaning) {
  Key<Config> key;
  key.facts = {std::move(path), Type::kWhole, std::move(meaning), range.least, range.most};
  key.get = [field](const Config& config) -> Value { return field(config) / core::limits::kMiB; };
  key.set = [field](Config& config, const Value& value) {
    field(config) = std::get<std::uint64_t>(value) * core::limits::kMiB;
  };
  return key;
}

/// A choice whose field is text.
template <class Object = Config, class Field>
Key<Object> choice(std::string path, std::vector<std::string> allowed, Field field, std::string meaning) {
  Facts facts{std::move(path), Type::kChoice, std::move(meaning)};
  facts.allowed = std::move(allowed);
  return plain<Object, std::string>(std::move(facts), field);
}

template <class Enum>
using Names = std::vector<std::pair<std::string, Enum>>;

/// A choice whose field is an enumeration or a bool.
template <class Enum, class Object = Config, class Field>
Key<Object> named(std::string path, Names<Enum> names, Field field, std::string meaning) {
  Key<Object> key;
  key.facts = {std::move(path), Type::kChoice, std::move(meaning)};
  for (const auto& entry : names) key.facts.allowed.push_back(entry.first);
  key.get = [field, names](const Object& object) -> Value {
    const auto fits = [&](const auto& entry) { return entry.second == field(object); };
    const auto entry = std::find_if(names.begin(), names.end(), fits);
    VILTREE_CHECK(entry != names.end());
    return entry->first;
  };
  key.set = [field, names](Object& object, const Value& value) {
    const auto fits = [&](const auto& entry) { return entry.first == std::get<std::string>(value); };
    const auto entry = std::find_if(names.begin(), names.end(), fits);
    VILTREE_CHECK(entry != names.end());
    field(object) = entry->second;
  };
  return key;
}

template <class Enum, std::size_t kCount>
Names<Enum> names_of(const std::array<Enum, kCount>& values) {
  Names<Enum> names;
  for (const Enum value : values) names.emplace_back(std::string(name(value)), value);
  return names;
}

// Reads and writes one member, given by its place in the object.
#define AT(member)            \
  [](auto& object) -> auto& { \
    return object.member;     \
  }

}  // namespace viltree::config
