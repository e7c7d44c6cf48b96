#include "model_list.hpp"

#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>

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

const ListedModel* find_model(const std::vector<ListedModel>& listed, const std::string& id) {
  const auto found =
      std::find_if(listed.begin(), listed.end(), [&](const ListedModel& m) { return m.id == id; });
  return found == listed.end() ? nullptr : &*found;
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
    listed.push_back({std::move(*id), json::find_string(model, "owned_by").value_or("")});
  }
  return listed;
}

core::Result<ChosenModel> choose_model(const std::vector<ListedModel>& listed, const Endpoint& endpoint) {
  const auto refuse = [](std::string why) {
    return core::fail(core::ErrorKind::kInvalidInput, std::move(why));
  };
  ChosenModel chosen{endpoint.model, find_dialect(endpoint.dialect)};
  if (endpoint.model.empty()) {
    if (listed.empty()) return refuse("the server lists no model: set the endpoint's model");
    if (listed.size() > 1)
      return refuse("the server has several models: set the endpoint's model to one of " + names(listed));
    chosen.name = listed.front().id;
  }
  const ListedModel* model = find_model(listed, chosen.name);
  if (model == nullptr && !listed.empty()) {
    return refuse("the server has no model \"" + core::printable(chosen.name) +
                  "\"; it has: " + names(listed));
  }
  if (chosen.dialect == nullptr) chosen.dialect = &detect_dialect(model == nullptr ? ListedModel{} : *model);
  return chosen;
}

}  // namespace viltree::http
