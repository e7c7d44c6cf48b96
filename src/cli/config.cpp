#include "commands.hpp"
#include "compose.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace viltree::cli {

namespace {

struct Arguments {
  std::string config;
  std::vector<std::string> set;
};

CLI::App* add(CLI::App& parent, const char* name, const char* help,
              const std::shared_ptr<Arguments>& arguments) {
  CLI::App* command = parent.add_subcommand(name, help);
  command->add_option("CONFIG", arguments->config, "Configuration file (YAML)")->required();
  command->add_option("--set", arguments->set, "Override a key: a.b=c")
      ->type_size(1)
      ->allow_extra_args(false);
  return command;
}

}  // namespace

void add_config(CLI::App& app) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* config = app.add_subcommand("config", "The configuration: print, check, JSON Schema");
  config->require_subcommand(1);
  add(*config, "print", "Print the effective configuration", arguments)->callback([arguments] {
    std::cout << config::to_yaml(load_config(arguments->config, arguments->set));
  });
  add(*config, "check", "Say whether CONFIG is a configuration", arguments)->callback([arguments] {
    const config::Config loaded = load_config(arguments->config, arguments->set);
    (void)search_options(loaded);
    std::cout << arguments->config << ": good (hash " << config::config_hash(loaded) << ")\n";
  });
  config->add_subcommand("schema", "Print the JSON Schema, for editors")->callback([] {
    std::cout << config::json_schema() << '\n';
  });
}

}  // namespace viltree::cli
