#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/bench/bench.hpp>
#include <viltree/crawl/crawl.hpp>

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace viltree::bench {

/// A folder below the system's temporary one, gone at the end.
class Workbench {
 public:
  Workbench();
  ~Workbench();
  Workbench(const Workbench&) = delete;
  Workbench& operator=(const Workbench&) = delete;
  [[nodiscard]] std::filesystem::path folder(const std::string& name) const { return root_ / name; }

 private:
  std::filesystem::path root_;
};

/// Built-in problems that were made beforehand, so that making them is not measured.
class MadeProblems final : public dataset::Source {
 public:
  explicit MadeProblems(std::uint64_t count);
  [[nodiscard]] std::uint64_t count() const override { return problems_.size(); }
  [[nodiscard]] core::Result<std::optional<dataset::Item>> next() override;
  [[nodiscard]] core::Status skip_to(domain::ProblemIndex index) override;

 private:
  std::vector<domain::Problem> problems_;
  std::size_t next_ = 0;
};

/// Processor time of this process, user and system (seconds).
[[nodiscard]] double cpu_seconds();

struct Measured {
  archive::Progress progress;
  double wall = 0;  ///< seconds
  double cpu = 0;   ///< seconds
};

/// Crawls the problems with the policy into a folder.
Measured measure_crawl(const Options& options, const std::filesystem::path& folder, policy::Policy& policy);

/// Bytes of all files below a folder.
[[nodiscard]] std::uint64_t bytes_below(const std::filesystem::path& folder);

/// One aligned line: what, number, unit.
void print(std::ostream& out, std::string_view what, double number, std::string_view unit);

}  // namespace viltree::bench
