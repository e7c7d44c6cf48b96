#include "commands.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/inspect/status.hpp>

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

struct Arguments {
  std::string run;
  bool json = false;
};

void status(const Arguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  const archive::RunStatus status = core::value_or_fatal(archive::read_status(run), core::ExitCode::kUsage);
  std::cout << (arguments.json ? archive::to_json(status) : inspect::render_status(status));
}

}  // namespace

void add_status(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("status", "Progress, rates and failures of a run, live or not");
  command->add_option("RUN", arguments->run, "Run directory")->required();
  command->add_flag("--json", arguments->json, "One JSON object");
  command->callback([arguments] { status(*arguments); });
}

}  // namespace viltree::cli
