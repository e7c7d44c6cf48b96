#pragma once

#include "command_line.hpp"

namespace viltree::cli {

/// Each adds its command; a command's work is done when it runs, which throws core::FatalError.
void add_generate(Command& program);
void add_plan(Command& program);
void add_status(Command& program);
void add_stats(Command& program);
void add_inspect(Command& program);
void add_export(Command& program);
void add_kernel(Command& program);
void add_verify(Command& program);
void add_repair(Command& program);
void add_check(Command& program);
void add_simulate(Command& program);
void add_config(Command& program);
void add_bench(Command& program);

}  // namespace viltree::cli
