#include "keys.hpp"
#include "object.hpp"
#include "values.hpp"

#include <viltree/config/config.hpp>
#include <viltree/core/hash.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

namespace viltree::config {

namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    parts.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  parts.push_back(path.substr(start));
  return parts;
}

std::string indent(std::size_t depth) {
  return std::string(2 * depth, ' ');
}

/// Opens the sections of `now` that `before` was not in.
void open_sections(std::string& out, const std::vector<std::string>& before,
                   const std::vector<std::string>& now) {
  std::size_t shared = 0;
  while (shared + 1 < now.size() && shared + 1 < before.size() && now[shared] == before[shared]) ++shared;
  for (std::size_t i = shared; i + 1 < now.size(); ++i) {
    if (i == 0 && !out.empty()) out += "\n";
    out += indent(i) + now[i] + ":\n";
  }
}

std::string endpoints_block(const std::vector<http::Endpoint>& endpoints, std::size_t depth) {
  std::string out;
  for (const http::Endpoint& endpoint : endpoints) {
    std::string lead = "- ";
    for (const Key<http::Endpoint>& key : endpoint_keys()) {
      out += indent(depth) + lead + key.facts.path + ": " + to_text(key.facts, key.get(endpoint)) + "\n";
      lead = "  ";
    }
  }
  return out;
}

std::vector<http::Endpoint> endpoints_of(const Key<Config>& key, const Config& config) {
  return std::get<std::vector<http::Endpoint>>(key.get(config));
}

std::string weight_text(double weight) {
  for (const Key<http::Endpoint>& key : endpoint_keys()) {
    http::Endpoint endpoint;
    endpoint.weight = weight;
    if (key.facts.path == "weight") return to_text(key.facts, key.get(endpoint));
  }
  return {};
}

/// A model, and what its requests say beside that of the others.
std::string model_text(const http::Endpoint& endpoint) {
  const std::string model = quoted(endpoint.model);
  return endpoint.extra.empty() ? model : model + " with " + object_text(endpoint.extra);
}

/// The value, as far as it decides on the result.
std::string deciding_text(const Key<Config>& key, const Config& config) {
  if (key.facts.type != Type::kEndpoints) return to_text(key.facts, key.get(config));
  std::map<std::string, double> models;
  for (const http::Endpoint& endpoint : endpoints_of(key, config))
    models[model_text(endpoint)] += endpoint.weight;
  std::string text;
  for (const auto& [model, weight] : models) {
    text += (text.empty() ? "" : ", ") + model;
    // Where there are several, the weights decide which of them writes a sample.
    if (models.size() > 1) text += " (" + weight_text(weight) + ")";
  }
  return "[" + text + "]";
}

std::string deciding_name(const Key<Config>& key) {
  return key.facts.path + (key.facts.type == Type::kEndpoints ? "[].model" : "");
}

/// A key that decides on the result, and what it says.
struct Decision {
  std::string name;
  std::string text;
  std::string hashed;  ///< where a file lies does not count, only its name
};

std::string file_name(const Value& path) {
  return quoted(std::filesystem::path(std::get<std::string>(path)).filename().string());
}

std::vector<Decision> decisions(const Config& config) {
  std::vector<Decision> all;
  for (const Key<Config>& key : keys_for(config.crawl.search.strategy)) {
    if (key.facts.free || !applies(key.facts, config)) continue;
    const std::string text = deciding_text(key, config);
    if (key.facts.later && key.get(config) == key.get(Config{})) continue;
    const bool is_path = key.facts.type == Type::kPath;
    all.push_back({deciding_name(key), text, is_path ? file_name(key.get(config)) : text});
  }
  return all;
}

constexpr const char* kAbsent = "(not there)";

std::string text_of(const std::vector<Decision>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Decision& d) { return d.name == name; });
  return found == all.end() ? kAbsent : found->text;
}

}  // namespace

std::string to_yaml(const Config& config) {
  std::string out;
  std::vector<std::string> before;
  for (const Key<Config>& key : keys_for(config.crawl.search.strategy)) {
    if (!applies(key.facts, config)) continue;
    const std::vector<std::string> now = split(key.facts.path);
    open_sections(out, before, now);
    out += indent(now.size() - 1) + now.back() + ":";
    if (key.facts.type == Type::kEndpoints) {
      out += "\n" + endpoints_block(endpoints_of(key, config), now.size());
    } else {
      out += " " + to_text(key.facts, key.get(config)) + "\n";
    }
    before = now;
  }
  return out;
}

std::string config_hash(const Config& config) {
  constexpr std::size_t kDigits = 16;
  std::string canonical;
  for (const Decision& decision : decisions(config)) {
    canonical += decision.name + "=" + decision.hashed + "\n";
  }
  return core::sha256_hex(canonical).substr(0, kDigits);
}

std::vector<std::string> diff(const Config& saved, const Config& current) {
  const std::vector<Decision> before = decisions(saved);
  const std::vector<Decision> now = decisions(current);
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& name) {
    const std::string a = text_of(before, name);
    const std::string b = text_of(now, name);
    if (a != b) lines.push_back(name + ": " + a + " → " + b);
  };
  for (const Decision& decision : now) compare(decision.name);
  for (const Decision& decision : before) {
    if (text_of(now, decision.name) == kAbsent) compare(decision.name);
  }
  return lines;
}

core::Status check_resume(const Config& saved, const Config& current) {
  const std::vector<std::string> lines = diff(saved, current);
  if (lines.empty()) return {};
  std::string message = "the run was started with another configuration:";
  for (const std::string& line : lines) message += "\n  " + line;
  return core::fail(core::ErrorKind::kInvalidInput, message + "\nuse another --run, or change it back");
}

}  // namespace viltree::config
