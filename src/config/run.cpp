#include "parse.hpp"
#include "values.hpp"

#include <viltree/config/config.hpp>

namespace viltree::config {

namespace {

std::string record_of(const Leaves& leaves, const char* path) {
  const auto found = leaves.find(path);
  return found != leaves.end() && found->second.node.IsScalar() ? found->second.node.Scalar() : "";
}

}  // namespace

std::string run_yaml(const Config& config, std::string_view version, std::string_view started) {
  std::string out = "viltree:\n";
  out += "  version: " + quoted(std::string(version)) + "\n";
  out += "  config_hash: " + quoted(config_hash(config)) + "\n";
  out += "  started: " + quoted(std::string(started)) + "\n\n";
  return out + to_yaml(config);
}

core::Result<labels::Options> relabelled(const Config& config, const std::vector<std::string>& overrides) {
  if (overrides.empty()) return config.crawl.labels;
  for (const std::string& override : overrides) {
    if (override.starts_with("labels.")) continue;
    return core::fail(core::ErrorKind::kInvalidInput,
                      "--set " + override.substr(0, override.find('=')) +
                          ": only keys of labels.* can be set for trees that have grown already");
  }
  auto parsed = parse(to_yaml(config), "run.yaml", overrides);
  if (!parsed) return core::fail(std::move(parsed.error()));
  parsed->crawl.labels.kernel = config.crawl.labels.kernel;
  return std::move(parsed->crawl.labels);
}

core::Result<SavedRun> parse_run(std::string_view text, const std::string& file) {
  auto parsed = parse_any(text, file, {}, true);
  if (!parsed) return core::fail(parsed.error());
  SavedRun saved{record_of(parsed->leaves, "viltree.version"),
                 record_of(parsed->leaves, "viltree.config_hash"),
                 record_of(parsed->leaves, "viltree.started"), std::move(parsed->config)};
  const std::string hash = config_hash(saved.config);
  if (saved.config_hash == hash) return saved;
  return core::fail(core::ErrorKind::kCorruption,
                    file + ": viltree.config_hash is '" + saved.config_hash + "', but its keys give '" +
                        hash + "': the file was changed, or written by another version of viltree (" +
                        saved.version + "); restore it, or start a new run with another --run");
}

}  // namespace viltree::config
