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

void add_config_options(CLI::App& command, ConfigArguments& arguments) {
  command.add_option("CONFIG", arguments.config, "Configuration file (YAML)")->required();
  command.add_option("--set", arguments.set, "Override a key: a.b=c")->type_size(1)->allow_extra_args(false);
}

CLI::Option* add_run_option(CLI::App& command, RunArguments& arguments, const std::string& what) {
  return command.add_option("--run", arguments.run, what + "; default: <name of CONFIG>-run");
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
  if (interrupted) throw CLI::RuntimeError(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace viltree::cli
