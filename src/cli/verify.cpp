#include "commands.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/fsck/fsck.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

void verify(const std::string& folder) {
  const storage::RunDirectory run(storage::real_file_system(), folder);
  const fsck::Report report = core::value_or_fatal(fsck::check_run(run), core::ExitCode::kUsage);
  std::cout << fsck::render_report(report);
  if (!report.sound()) throw CLI::RuntimeError(static_cast<int>(core::ExitCode::kFound));
}

}  // namespace

void add_verify(CLI::App& app) {
  auto run = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("verify", "Check every checksum and every invariant of a run");
  command->add_option("RUN", *run, "Run directory")->required();
  command->callback([run] { verify(*run); });
}

}  // namespace viltree::cli
