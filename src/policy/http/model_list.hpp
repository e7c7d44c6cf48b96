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
  std::optional<bool> takes_images = std::nullopt;  ///< as the list says
  std::string notice = {};                          ///< what a person should know of the choice; else empty
};

/// The configured model is in a list that has its name, or its name with the tag ":latest"; one that is
/// empty, or has patterns ("openai/*"), says nothing of it. kInvalidInput where it is not, or none is
/// configured and the server does not have exactly one.
[[nodiscard]] core::Result<ChosenModel> choose_model(const std::vector<ListedModel>& listed,
                                                     const Endpoint& endpoint);

/// For a server without a list: what is configured is believed. None where the model or the dialect is not.
/// `why`: what the server said instead.
[[nodiscard]] std::optional<ChosenModel> believed_model(const Endpoint& endpoint, const std::string& why);

}  // namespace viltree::http
