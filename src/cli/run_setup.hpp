#pragma once

#include "console.hpp"

#include <viltree/config/config.hpp>
#include <viltree/storage/run_directory.hpp>

#include <string>

namespace viltree::cli {

/// The run directory that was named, or the default: "<name of CONFIG>-run".
[[nodiscard]] std::string run_folder(const std::string& config_file, const std::string& named);

/// Starts the run directory, or makes sure that it was started with a configuration that this one may go on
/// with. The caller holds the run's lock.
void prepare_run(const storage::RunDirectory& run, const config::Config& config, Console& console);

}  // namespace viltree::cli
