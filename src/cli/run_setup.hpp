#pragma once

#include "command_line.hpp"
#include "console.hpp"

#include <viltree/config/config.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/dataset/source.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/storage/run_directory.hpp>

#include <memory>
#include <string>
#include <vector>

namespace viltree::cli {

/// What names a configuration.
struct ConfigArguments {
  std::string config;
  std::vector<std::string> set;
};

/// What names a crawl.
struct RunArguments : ConfigArguments {
  std::string run;
};

/// CONFIG and --set.
void add_config_options(Command& command, ConfigArguments& arguments);
/// --run, whose default is told.
Option add_run_option(Command& command, RunArguments& arguments, const std::string& what);

/// A run directory that a crawl may go on in, with the parts that its configuration names. Holds the
/// directory's lock as long as it lives.
struct OpenRun {
  storage::RunDirectory run;
  std::unique_ptr<dataset::Source> source;
  std::unique_ptr<policy::Policy> policy;
  std::unique_ptr<policy::Policy> judge;  ///< null where there is none
  std::unique_ptr<storage::FileLock> lock;
};

/// Starts the run directory that was named (by default "<name of CONFIG>-run"), or makes sure that it was
/// started with a configuration that this one may go on with. Throws core::FatalError.
[[nodiscard]] OpenRun open_run(const RunArguments& arguments, const config::Config& config, Console& console);

/// Ends the command with the exit code of an interruption, if it was interrupted.
void exit_if_interrupted(bool interrupted);

}  // namespace viltree::cli
