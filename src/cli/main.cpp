#include "commands.hpp"
#include "version.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

#include <CLI/CLI.hpp>

namespace {

using viltree::core::ExitCode;

int report(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "viltree: %s\n", viltree::core::printable(message).c_str());
  return static_cast<int>(code);
}

/// Asks for no memory.
int report_out_of_memory() {
  std::fputs("viltree: out of memory: fewer crawl.open_trees or a smaller output.unit_size need less\n",
             stderr);
  return static_cast<int>(ExitCode::kStorage);
}

/// For what no caller could be told of, in a thread or in a destructor. An end at once loses nothing: it is
/// as good as a kill.
[[noreturn]] void end_uncaught() {
  if (std::current_exception()) {
    try {
      throw;
    } catch (const std::bad_alloc&) {
      std::_Exit(report_out_of_memory());
    } catch (const std::system_error& error) {
      std::_Exit(report(ExitCode::kStorage, error.what()));
    } catch (const std::exception& error) {
      std::fprintf(stderr, "viltree: bug: not caught: %s\n", error.what());
    } catch (...) {
      std::fputs("viltree: bug: not caught\n", stderr);
    }
  }
  std::abort();
}

int run(int argc, char** argv) {
  CLI::App app("Training data for process reward models of vision-language models, by tree search.",
               "viltree");
  app.set_version_flag("--version", std::string("viltree ") + viltree::cli::kVersion);
  app.require_subcommand(1);
  viltree::cli::add_generate(app);
  viltree::cli::add_plan(app);
  viltree::cli::add_status(app);
  viltree::cli::add_stats(app);
  viltree::cli::add_inspect(app);
  viltree::cli::add_export(app);
  viltree::cli::add_kernel(app);
  viltree::cli::add_verify(app);
  viltree::cli::add_repair(app);
  viltree::cli::add_check(app);
  viltree::cli::add_simulate(app);
  viltree::cli::add_config(app);
  viltree::cli::add_bench(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();  // a command's own
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(&end_uncaught);
  try {
    return run(argc, argv);
  } catch (const viltree::core::FatalError& error) {
    return report(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return report_out_of_memory();
  } catch (const std::system_error& error) {
    return report(ExitCode::kStorage, error.what());
  } catch (const std::exception& error) {
    return report(ExitCode::kStorage, std::string("unexpected: ") + error.what());
  }
}
