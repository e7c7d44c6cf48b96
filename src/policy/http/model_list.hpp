#pragma once

#include "dialect.hpp"

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>

#include <optional>
#include <string>
#include <vector>

namespace viltree::http {

/// None where the body is no model list.
[[nodiscard]] std::optional<std::vector<ListedModel>> parse_model_list(const std::string& body);

/// The model to ask, and how.
struct ChosenModel {
  std::string name;
  const Dialect* dialect = nullptr;
};

/// kInvalidInput where the configured model is not in a list that has some, or none is configured and the
/// server does not have exactly one.
[[nodiscard]] core::Result<ChosenModel> choose_model(const std::vector<ListedModel>& listed,
                                                     const Endpoint& endpoint);

}  // namespace viltree::http
