#pragma once

#include <viltree/bench/bench.hpp>

namespace viltree::bench {

void run_engine(const Options& options, std::ostream& out);
void run_http(const Options& options, std::ostream& out);
void run_client(const Options& options, std::ostream& out);
void run_saturation(const Options& options, std::ostream& out);
/// The same next to servers at which something goes wrong.
void run_faults(const Options& options, std::ostream& out);
void run_prefix(const Options& options, std::ostream& out);
void run_journal(const Options& options, std::ostream& out);
void run_check(const Options& options, std::ostream& out);
void run_labels(const Options& options, std::ostream& out);

}  // namespace viltree::bench
