#include "workbench.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/simulated/problem.hpp>

#include <atomic>
#include <chrono>
#include <iomanip>
#include <ostream>

#include <stdlib.h>
#include <sys/resource.h>

namespace viltree::bench {

namespace {

class Silent final : public crawl::Observer {
 public:
  void progress(const archive::Progress&) override {}
  void notice(const std::string&) override {}
};

crawl::Options crawl_options(const Options& options) {
  crawl::Options crawl;
  crawl.search.strategy = "visualprm";
  const search::StrategyInfo* strategy =
      core::value_or_fatal(search::find_strategy(crawl.search.strategy), core::ExitCode::kUsage);
  crawl.search.constants =
      core::value_or_fatal(search::complete_constants(*strategy, {}), core::ExitCode::kUsage);
  crawl.search.seed = options.seed;
  crawl.workers = options.workers;
  crawl.version = "bench";
  crawl.facts.seed = options.seed;
  return crawl;
}

}  // namespace

Workbench::Workbench() {
  std::string name = (std::filesystem::temp_directory_path() / "viltree-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw core::FatalError(core::ExitCode::kStorage, "cannot make " + name);
  root_ = name;
}

Workbench::~Workbench() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

MadeProblems::MadeProblems(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) problems_.push_back(simulated::make_problem(1, i));
}

core::Result<std::optional<dataset::Item>> MadeProblems::next() {
  if (next_ == problems_.size()) return std::optional<dataset::Item>();
  const std::uint64_t index = next_++;
  domain::Problem problem = problems_[index];
  problem.index = {index};
  return dataset::Item{{index}, std::move(problem)};
}

core::Status MadeProblems::skip_to(domain::ProblemIndex index) {
  next_ = index.value;
  return {};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Measured measure_crawl(const Options& options, const std::filesystem::path& folder, policy::Policy& policy) {
  const storage::RunDirectory run(storage::real_file_system(), folder);
  core::value_or_fatal(run.create(), core::ExitCode::kStorage);
  MadeProblems source(options.problems);
  Silent silent;
  const core::SteadyClock clock;
  const std::atomic<bool> stop = false;
  const auto start = clock.now();
  const double cpu = cpu_seconds();
  Measured measured;
  measured.progress = crawl::crawl(crawl_options(options), {run, source, policy, clock, silent, stop});
  measured.cpu = cpu_seconds() - cpu;
  measured.wall = std::chrono::duration<double>(clock.now() - start).count();
  return measured;
}

std::uint64_t bytes_below(const std::filesystem::path& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += entry.file_size();
  }
  return bytes;
}

void print(std::ostream& out, std::string_view what, double number, std::string_view unit) {
  const int digits = number < 10 ? 3 : number < 1000 ? 1 : 0;
  out << std::left << std::setw(58) << what << std::right << std::setw(12) << std::fixed
      << std::setprecision(digits) << number << ' ' << unit << '\n';
}

}  // namespace viltree::bench
