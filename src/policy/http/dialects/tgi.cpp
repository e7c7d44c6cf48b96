#include "dialect.hpp"

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

/// It lists its one model as owned by itself.
bool owns(const ListedModel& model) {
  return !model.id.empty() && model.owned_by == model.id;
}

void add_keys(const RequestTraits&, json::OrderedValue& body) {
  body.erase("n");  // it has one choice whatever is asked
}

}  // namespace

const Dialect& tgi() {
  // Its chat completions trim the trailing blanks of a prefix, so the raw ones are used.
  static constexpr Dialect kDialect{.name = "tgi",
                                    .continuation = Continuation::kRaw,
                                    .choices_per_request = 1,
                                    .has_images_in_raw_prompts = true,
                                    .owns = &owns,
                                    .add_keys = &add_keys};
  return kDialect;
}

}  // namespace viltree::http
