#include "request_writer.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/text.hpp>
#include <viltree/http/extra_keys.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

/// Not written, because servers have them as other names of keys that are, or because they change what a
/// reply holds.
constexpr std::array<std::string_view, 12> kOtherNames = {"best_of",
                                                          "echo",
                                                          "include_stop_str_in_output",
                                                          "max_new_tokens",
                                                          "max_output_tokens",
                                                          "n_predict",
                                                          "n_probs",
                                                          "no_stop_trim",
                                                          "num_predict",
                                                          "return_full_text",
                                                          "suffix",
                                                          "top_logprobs"};

/// What the configuration has for them, by the key's name there.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kSources = {{
    {"model", "the endpoint's model"},
    {"messages", "prompt"},
    {"prompt", "prompt"},
    {"max_tokens", "max_tokens"},
    {"max_completion_tokens", "max_tokens"},
    {"max_new_tokens", "max_tokens"},
    {"max_output_tokens", "max_tokens"},
    {"n_predict", "max_tokens"},
    {"num_predict", "max_tokens"},
    {"temperature", "temperature"},
    {"top_p", "top_p"},
    {"stop", "stop"},
    {"seed", "search.seed"},
    {"logprobs", "logprobs"},
    {"top_logprobs", "logprobs"},
    {"stream", "stream"},
}};

std::set<std::string> names_in(const json::Value& object) {
  std::set<std::string> names;
  for (const auto& member : object.items()) names.insert(member.key());
  return names;
}

/// The keys of a request, without those that a configuration may set anew.
std::set<std::string> keys_written(const WriterOptions& options, std::uint32_t n) {
  const RequestWriter writer(options);
  const ChatPrompt prompt({make_segment("?")}, 0);
  const auto body = json::parse(BodyReader(writer.write(prompt, make_prefix("!"), {n, 1, 1, false})).whole());
  VILTREE_CHECK(body.has_value());
  std::set<std::string> names = names_in(*body);
  auto settings = json::OrderedValue::object();
  if (options.dialect->add_settings != nullptr) options.dialect->add_settings(settings);
  for (const std::string& name : names_in(settings)) names.erase(name);
  return names;
}

/// Asked of the writer itself, so that no key of it can be missing.
std::vector<std::string> find_own_keys() {
  std::set<std::string> names(kOtherNames.begin(), kOtherNames.end());
  for (const Dialect* dialect : dialects()) {
    WriterOptions options;
    options.dialect = dialect;
    options.sampling.stop = {"."};
    options.stream = options.logprobs = true;
    options.chat_template = {"{system}{user}", "{user}"};
    for (const Continuation continuation : {dialect->continuation, Continuation::kReprompt}) {
      options.continuation = continuation;
      for (const std::uint32_t n : {1U, 2U}) names.merge(keys_written(options, n));
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace

const std::vector<std::string>& own_keys() {
  static const std::vector<std::string> kKeys = find_own_keys();
  return kKeys;
}

std::optional<std::string> why_not_extra(std::string_view key) {
  const auto& own = own_keys();
  if (!std::binary_search(own.begin(), own.end(), key)) return std::nullopt;
  const auto* const source =
      std::find_if(kSources.begin(), kSources.end(), [&](const auto& one) { return one.first == key; });
  if (source == kSources.end()) return "viltree decides that itself: take it out";
  return "viltree writes that itself, from " + std::string(source->second) + ": set it there";
}

core::Status check_extra(const std::string& text) {
  if (text.empty()) return {};
  const auto refuse = [](const std::string& why) {
    return core::fail(core::ErrorKind::kInvalidInput, "extra: " + why);
  };
  const auto object = json::parse(text);
  if (!object || !object->is_object()) return refuse("is no JSON object");
  for (const auto& member : object->items()) {
    if (const auto why = why_not_extra(member.key()))
      return refuse(core::printable(member.key()) + ": " + *why);
  }
  return {};
}

}  // namespace viltree::http
