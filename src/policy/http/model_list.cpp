#include "model_list.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

constexpr std::size_t kNamesInMessage = 10;

std::string names(const std::vector<ListedModel>& listed) {
  std::string text;
  for (std::size_t i = 0; i < std::min(listed.size(), kNamesInMessage); ++i) {
    text += (i == 0 ? "" : ", ") + core::printable(listed[i].id);
  }
  return listed.size() > kNamesInMessage ? text + ", …" : text;
}

/// Proxies list patterns, such as "openai/*" or "*", and serve names that fit none of them, too.
bool is_pattern(const ListedModel& model) {
  return model.id.find('*') != std::string::npos;
}

/// By its name, else by its name with the usual tag.
const ListedModel* find_model(const std::vector<ListedModel>& listed, const std::string& id) {
  for (const std::string& name : {id, id + ":latest"}) {
    const auto found =
        std::find_if(listed.begin(), listed.end(), [&](const ListedModel& m) { return m.id == name; });
    if (found != listed.end()) return &*found;
  }
  return nullptr;
}

/// Whether one of the words is in a list of words, as `capabilities` or `input_modalities` are.
std::optional<bool> lists(const json::Value* list, std::span<const std::string_view> words) {
  if (list == nullptr || !list->is_array() || list->empty()) return std::nullopt;
  return std::any_of(list->begin(), list->end(), [&](const json::Value& word) {
    return word.is_string() &&
           std::find(words.begin(), words.end(), word.get_ref<const std::string&>()) != words.end();
  });
}

/// Servers say it in several places: `capabilities` (a list of words, or an object with `vision`),
/// `input_modalities`, `architecture.input_modalities`, `multimodal`.
std::optional<bool> images_of(const json::Value& model) {
  static constexpr std::array<std::string_view, 3> kWords = {"vision", "multimodal", "image"};
  const json::Value* capabilities = json::find_not_null(model, "capabilities");
  if (lists(capabilities, kWords).value_or(false)) return true;  // a word that is missing there says little
  const json::Value* architecture = json::find_not_null(model, "architecture");
  for (const json::Value* owner : {&model, architecture}) {
    if (owner == nullptr) continue;
    if (const auto told = lists(json::find(*owner, "input_modalities"), kWords)) return told;
  }
  for (const json::Value* flag : {capabilities == nullptr ? nullptr : json::find(*capabilities, "vision"),
                                  json::find(model, "multimodal")}) {
    if (flag != nullptr && flag->is_boolean()) return flag->get<bool>();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<ListedModel>> parse_model_list(const std::string& body) {
  const auto document = json::parse(body);
  const auto* data = document ? json::find(*document, "data") : nullptr;
  if (data == nullptr || !data->is_array()) return std::nullopt;
  std::vector<ListedModel> listed;
  for (const auto& model : *data) {
    auto id = json::find_string(model, "id");
    if (!id) return std::nullopt;
    listed.push_back({std::move(*id), json::find_string(model, "owned_by").value_or(""), images_of(model)});
  }
  return listed;
}

core::Result<ChosenModel> choose_model(const std::vector<ListedModel>& listed, const Endpoint& endpoint) {
  const auto refuse = [](std::string why) {
    return core::fail(core::ErrorKind::kInvalidInput, std::move(why));
  };
  ChosenModel chosen{endpoint.model, find_dialect(endpoint.dialect)};
  if (endpoint.model.empty() && listed.size() == 1 && is_pattern(listed.front()))
    return refuse("the server lists a pattern alone, " + names(listed) + ": set the endpoint's model");
  if (endpoint.model.empty()) {
    if (listed.empty()) return refuse("the server lists no model: set the endpoint's model");
    if (listed.size() > 1)
      return refuse("the server has several models: set the endpoint's model to one of " + names(listed));
    chosen.name = listed.front().id;
  }
  const ListedModel* model = find_model(listed, chosen.name);
  const auto pattern = std::find_if(listed.begin(), listed.end(), is_pattern);
  if (model == nullptr && !listed.empty() && pattern == listed.end()) {
    return refuse("the server has no model \"" + core::printable(chosen.name) +
                  "\"; it has: " + names(listed));
  }
  if (model != nullptr) chosen.takes_images = model->takes_images;
  if (model == nullptr && pattern != listed.end())
    chosen.notice = "the server lists patterns, such as " + core::printable(pattern->id) + ": \"" +
                    core::printable(chosen.name) + "\" is believed to be among its models";
  if (chosen.dialect == nullptr) chosen.dialect = &detect_dialect(model == nullptr ? ListedModel{} : *model);
  return chosen;
}

std::optional<ChosenModel> believed_model(const Endpoint& endpoint, const std::string& why) {
  const Dialect* dialect = find_dialect(endpoint.dialect);
  if (endpoint.model.empty() || dialect == nullptr) return std::nullopt;
  return ChosenModel{endpoint.model, dialect, std::nullopt,
                     "the server does not list its models (" + why + "): \"" +
                         core::printable(endpoint.model) + "\" of dialect " + std::string(dialect->name) +
                         " is believed"};
}

}  // namespace viltree::http
