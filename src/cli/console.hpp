#pragma once

#include <viltree/archive/progress.hpp>
#include <viltree/crawl/crawl.hpp>

#include <chrono>
#include <string>

namespace viltree::cli {

/// True where standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] bool colour_on_stdout();
/// Columns of the terminal behind standard output; 100 where there is none.
[[nodiscard]] int terminal_width();

/// "1.2k", "34.5M"
[[nodiscard]] std::string short_count(double number);
/// "45s", "3m20s", "2h05m"
[[nodiscard]] std::string short_time(double seconds);

/// The progress of a crawl on standard error: a few lines that are redrawn on a terminal, else a line now and
/// then.
class Console final : public crawl::Observer {
 public:
  Console();
  ~Console() override;
  void progress(const archive::Progress& progress) override;
  void notice(const std::string& line) override;
  /// Leaves the last state on the screen and stops redrawing.
  void finish();

 private:
  void draw(const archive::Progress& progress);
  void erase();

  bool terminal_;
  int drawn_lines_ = 0;
  std::string last_;  ///< what is on the screen, to be put back below a notice
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace viltree::cli
