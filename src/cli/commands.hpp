#pragma once

namespace CLI {
class App;
}

namespace viltree::cli {

/// Each adds its subcommand; a command's work is done in its callback, which throws core::FatalError.
void add_generate(CLI::App& app);
void add_plan(CLI::App& app);
void add_status(CLI::App& app);
void add_stats(CLI::App& app);
void add_inspect(CLI::App& app);
void add_export(CLI::App& app);
void add_kernel(CLI::App& app);
void add_verify(CLI::App& app);
void add_repair(CLI::App& app);
void add_check(CLI::App& app);
void add_simulate(CLI::App& app);
void add_config(CLI::App& app);
void add_bench(CLI::App& app);

}  // namespace viltree::cli
