#include "commands.hpp"
#include "compose.hpp"
#include "run_setup.hpp"

#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

Command add(Command& parent, const char* name, const char* help,
            const std::shared_ptr<ConfigArguments>& arguments) {
  Command command = parent.command(name, help);
  add_config_options(command, *arguments);
  return command;
}

}  // namespace

void add_config(Command& program) {
  auto arguments = std::make_shared<ConfigArguments>();
  Command config = program.command("config", "The configuration: print, check, JSON Schema");
  add(config, "print", "Print the effective configuration", arguments).runs([arguments] {
    std::cout << config::to_yaml(load_config(arguments->config, arguments->set));
  });
  add(config, "check", "Say whether CONFIG can be used here; nothing is sent", arguments).runs([arguments] {
    const config::Config loaded = load_config(arguments->config, arguments->set);
    // Nothing is sent; what they need of this machine must be there: variables, files, usable addresses.
    static_cast<void>(make_policy(loaded));
    static_cast<void>(make_judge(loaded));
    std::cout << arguments->config << ": good (hash " << config::config_hash(loaded) << ")\n";
  });
  config.command("schema", "Print the JSON Schema, for editors").runs([] {
    std::cout << config::json_schema() << '\n';
  });
}

}  // namespace viltree::cli
