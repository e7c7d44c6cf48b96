#include "run_setup.hpp"

#include "compose.hpp"
#include "version.hpp"

#include <viltree/core/clock.hpp>
#include <viltree/core/fatal.hpp>

#include <filesystem>

namespace viltree::cli {

using core::ExitCode;
using core::value_or_fatal;

namespace {

std::string run_folder(const RunArguments& arguments) {
  if (!arguments.run.empty()) return arguments.run;
  return std::filesystem::path(arguments.config).stem().string() + "-run";
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
  console.notice("writing to " + run.root().string() + " (seed " + std::to_string(config.crawl.search.seed) +
                 ")");
}

}  // namespace

void add_config_options(Command& command, ConfigArguments& arguments) {
  command.option("CONFIG", arguments.config, "Configuration file (YAML)").required();
  command.option("--set", arguments.set, "Override a key: a.b=c").one_at_a_time();
}

Option add_run_option(Command& command, RunArguments& arguments, const std::string& what) {
  return command.option("--run", arguments.run, what + "; default: <name of CONFIG>-run");
}

OpenRun open_run(const RunArguments& arguments, const config::Config& config, Console& console) {
  OpenRun open{storage::RunDirectory(storage::real_file_system(), run_folder(arguments)),
               value_or_fatal(dataset::open_source(config.dataset), ExitCode::kUsage), make_policy(config),
               make_judge(config), nullptr};
  value_or_fatal(open.run.create(), ExitCode::kStorage);
  open.lock = value_or_fatal(open.run.acquire_lock(), ExitCode::kStorage);
  prepare_run(open.run, config, console);
  return open;
}

void exit_if_interrupted(bool interrupted) {
  if (interrupted) end_with(ExitCode::kInterrupted);
}

}  // namespace viltree::cli
