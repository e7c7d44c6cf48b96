#include "commands.hpp"
#include "compose.hpp"
#include "run_setup.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

CLI::App* add(CLI::App& parent, const char* name, const char* help,
              const std::shared_ptr<ConfigArguments>& arguments) {
  CLI::App* command = parent.add_subcommand(name, help);
  add_config_options(*command, *arguments);
  return command;
}

}  // namespace

void add_config(CLI::App& app) {
  auto arguments = std::make_shared<ConfigArguments>();
  CLI::App* config = app.add_subcommand("config", "The configuration: print, check, JSON Schema");
  config->require_subcommand(1);
  add(*config, "print", "Print the effective configuration", arguments)->callback([arguments] {
    std::cout << config::to_yaml(load_config(arguments->config, arguments->set));
  });
  add(*config, "check", "Say whether CONFIG is a configuration", arguments)->callback([arguments] {
    const config::Config loaded = load_config(arguments->config, arguments->set);
    std::cout << arguments->config << ": good (hash " << config::config_hash(loaded) << ")\n";
  });
  config->add_subcommand("schema", "Print the JSON Schema, for editors")->callback([] {
    std::cout << config::json_schema() << '\n';
  });
}

}  // namespace viltree::cli
