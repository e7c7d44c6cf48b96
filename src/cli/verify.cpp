#include "commands.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/fsck/fsck.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

void verify(const std::string& folder) {
  const storage::RunDirectory run(storage::real_file_system(), folder);
  const fsck::Report report = core::value_or_fatal(fsck::check_run(run), core::ExitCode::kUsage);
  std::cout << fsck::render_report(report);
  if (!report.sound()) end_with(core::ExitCode::kFound);
}

}  // namespace

void add_verify(Command& program) {
  auto run = std::make_shared<std::string>();
  Command command = program.command("verify", "Check every checksum and every invariant of a run");
  command.option("RUN", *run, "Run directory").required();
  command.runs([run] { verify(*run); });
}

}  // namespace viltree::cli
