#pragma once

#include <viltree/config/config.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace viltree::config::test {

inline const std::string kDemo = "dataset: {kind: demo}\npolicy: {kind: simulated}\n";

inline Config good(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto config = parse(text, "/data/run.yaml", overrides);
  REQUIRE_MESSAGE(config.has_value(), config.error().message);
  return *config;
}

inline std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  const auto config = parse(text, "/data/run.yaml", overrides);
  REQUIRE_FALSE(config.has_value());
  CHECK(config.error().kind == core::ErrorKind::kInvalidInput);
  return config.error().message;
}

}  // namespace viltree::config::test
