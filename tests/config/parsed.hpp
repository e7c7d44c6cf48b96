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

}  // namespace viltree::config::test
