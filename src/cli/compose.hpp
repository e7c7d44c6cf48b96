#pragma once

#include <viltree/config/config.hpp>
#include <viltree/crawl/options.hpp>
#include <viltree/labels/labels.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/storage/run_directory.hpp>

#include <memory>
#include <string>
#include <vector>

/// The composition root: the only place that builds concrete parts from a configuration. Throws
/// core::FatalError.
namespace viltree::cli {

[[nodiscard]] config::Config load_config(const std::string& file, const std::vector<std::string>& overrides);

[[nodiscard]] crawl::Options crawl_options(const config::Config& config);
[[nodiscard]] std::unique_ptr<policy::Policy> make_policy(const config::Config& config);

/// Null where the configuration has none.
[[nodiscard]] std::unique_ptr<policy::Policy> make_judge(const config::Config& config);

/// The labels of a run under another mode ("": its own) and with other `labels.*` keys.
[[nodiscard]] labels::Options label_options(const config::Config& config, const std::string& mode,
                                            const std::vector<std::string>& overrides);

/// The configuration that a run directory was started with.
[[nodiscard]] config::SavedRun load_run(const storage::RunDirectory& run);

}  // namespace viltree::cli
