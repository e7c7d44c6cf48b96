#include "commands.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/inspect/status.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

struct StatusArguments {
  std::string run;
  bool json = false;
};

void status(const StatusArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  const archive::RunStatus status = core::value_or_fatal(archive::read_status(run), core::ExitCode::kUsage);
  std::cout << (arguments.json ? archive::to_json(status) : inspect::render_status(status));
}

}  // namespace

void add_status(Command& program) {
  auto arguments = std::make_shared<StatusArguments>();
  Command command = program.command("status", "Progress, rates and failures of a run, live or not");
  command.option("RUN", arguments->run, "Run directory").required();
  command.flag("--json", arguments->json, "One JSON object");
  command.runs([arguments] { status(*arguments); });
}

}  // namespace viltree::cli
