#include "commands.hpp"
#include "compose.hpp"
#include "version.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>
#include <viltree/repair/repair.hpp>

#include <iostream>
#include <memory>
#include <string>

namespace viltree::cli {

namespace {

using core::ExitCode;
using core::value_or_fatal;

struct RepairArguments {
  std::string run;
  bool dry_run = false;
};

void print(const repair::Plan& plan) {
  for (const std::string& line : plan.lines) std::cout << core::printable(line) << '\n';
  if (plan.known_answers + plan.asked_again > 0) {
    std::cout << "units to be written again: " << core::with_thousands(plan.known_answers)
              << " answers are in the journal, " << core::with_thousands(plan.asked_again)
              << " are asked for again\n";
  }
  for (const std::string& line : plan.beyond_repair)
    std::cout << "NOT REPAIRED  " << core::printable(line) << '\n';
}

/// A crawl that is at work makes files look damaged that are being written.
void refuse_if_live(const storage::RunDirectory& run) {
  const storage::LockState lock = value_or_fatal(run.lock_state(), ExitCode::kStorage);
  if (!lock.held) return;
  throw core::FatalError(ExitCode::kStorage,
                         "process " + std::to_string(lock.process) + " is at work on the run: stop it first");
}

void repair_run(const RepairArguments& arguments) {
  const storage::RunDirectory run(storage::real_file_system(), arguments.run);
  const config::SavedRun saved = load_run(run);
  std::unique_ptr<storage::FileLock> lock;
  if (arguments.dry_run) {
    refuse_if_live(run);
  } else {
    lock = value_or_fatal(run.acquire_lock(), ExitCode::kStorage);
  }
  const repair::Facts facts{kVersion, saved.config_hash, saved.config.crawl.unit_size};
  const repair::Plan plan = value_or_fatal(repair::plan_repair(run, facts), ExitCode::kStorage);
  print(plan);
  if (plan.empty()) {
    std::cout << "nothing to repair\n";
  } else if (arguments.dry_run) {
    std::cout << "nothing was changed: `viltree repair` without --dry-run does this\n";
  } else {
    std::cout.flush();
    value_or_fatal(repair::apply(run, plan), ExitCode::kStorage);
    std::cout << "done; `viltree generate` goes on, `viltree verify` checks again\n";
  }
  const bool still_damaged = !plan.beyond_repair.empty() || (arguments.dry_run && !plan.empty());
  if (still_damaged) end_with(ExitCode::kFound);
}

}  // namespace

void add_repair(Command& program) {
  auto arguments = std::make_shared<RepairArguments>();
  Command command = program.command(
      "repair", "Save what can be saved of a damaged run; what is replaced goes to RUN/damaged");
  command.option("RUN", arguments->run, "Run directory").required();
  command.flag("--dry-run", arguments->dry_run, "Show what would be done, and what it costs; change nothing");
  command.runs([arguments] { repair_run(*arguments); });
}

}  // namespace viltree::cli
