#include "run_setup.hpp"

#include "compose.hpp"
#include "version.hpp"

#include <viltree/core/clock.hpp>
#include <viltree/core/fatal.hpp>

#include <filesystem>

namespace viltree::cli {

using core::ExitCode;
using core::value_or_fatal;

std::string run_folder(const std::string& config_file, const std::string& named) {
  return named.empty() ? std::filesystem::path(config_file).stem().string() + "-run" : named;
}

void prepare_run(const storage::RunDirectory& run, const config::Config& config, Console& console) {
  storage::FileSystem& fs = run.file_system();
  if (value_or_fatal(fs.exists(run.config()), ExitCode::kStorage)) {
    value_or_fatal(config::check_resume(load_run(run).config, config), ExitCode::kUsage);
    value_or_fatal(run.remove_leftovers(), ExitCode::kStorage);
    console.notice("going on with " + run.root().string());
    return;
  }
  const std::string yaml = config::run_yaml(config, kVersion, core::utc_now());
  value_or_fatal(storage::write_atomically(fs, run.config(), yaml), ExitCode::kStorage);
  console.notice("writing to " + run.root().string() + " (seed " + std::to_string(config.search.seed) + ")");
}

}  // namespace viltree::cli
