#include "commands.hpp"
#include "version.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

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

void declare(viltree::cli::Command& program) {
  viltree::cli::add_generate(program);
  viltree::cli::add_plan(program);
  viltree::cli::add_status(program);
  viltree::cli::add_stats(program);
  viltree::cli::add_inspect(program);
  viltree::cli::add_export(program);
  viltree::cli::add_kernel(program);
  viltree::cli::add_verify(program);
  viltree::cli::add_repair(program);
  viltree::cli::add_check(program);
  viltree::cli::add_simulate(program);
  viltree::cli::add_config(program);
  viltree::cli::add_bench(program);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_terminate(&end_uncaught);
  try {
    return viltree::cli::run_command_line(argc, argv, viltree::cli::kVersion, &declare);
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
