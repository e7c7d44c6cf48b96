#include "console.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <sstream>

#include <sys/ioctl.h>
#include <unistd.h>

namespace viltree::cli {

namespace {

constexpr std::chrono::seconds kPlainLineEvery{10};
constexpr int kBarWidth = 30;

bool no_color() {
  const char* set = std::getenv("NO_COLOR");
  return set != nullptr && *set != '\0';
}

int columns_of(int descriptor) {
  winsize size{};
  const bool known = ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 100;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "100%";
  return std::to_string(part * 100 / whole) + "%";
}

std::string bar(std::uint64_t part, std::uint64_t whole) {
  const auto filled = static_cast<std::size_t>(whole == 0 ? kBarWidth : part * kBarWidth / whole);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string verdicts(const domain::Evidence& evidence) {
  std::ostringstream out;
  for (std::size_t i = 0; i < domain::kVerdictKinds; ++i) {
    if (evidence.counts[i] == 0) continue;
    out << (out.tellp() > 0 ? "  " : "") << domain::name(static_cast<domain::Verdict>(i)) << ' '
        << short_count(evidence.counts[i]);
  }
  return out.str();
}

std::string head_line(const archive::Progress& now) {
  std::ostringstream out;
  out << bar(now.problems_done(), now.problems) << ' ' << now.problems_done() << '/' << now.problems
      << " problems (" << percent(now.problems_done(), now.problems) << ")  " << short_time(now.seconds)
      << " gone, " << (now.seconds_left ? short_time(*now.seconds_left) : "?") << " left";
  return out.str();
}

std::string rate_line(const archive::Progress& now) {
  std::ostringstream out;
  out << now.trees_open << " trees open  " << now.sequences_in_flight << " in flight  "
      << short_count(static_cast<double>(now.totals.rollouts)) << " rollouts ("
      << short_count(now.rollouts_per_second) << "/s)  " << short_count(now.tokens_per_second) << " tokens/s";
  return out.str();
}

std::string result_line(const archive::Progress& now) {
  std::ostringstream out;
  out << short_count(static_cast<double>(now.totals.rows)) << " labels  " << verdicts(now.totals.verdicts);
  const auto away =
      std::count_if(now.endpoints.begin(), now.endpoints.end(),
                    [](const archive::Endpoint& endpoint) { return endpoint.condition != "ready"; });
  if (away > 0) out << "  servers not ready " << away << " of " << now.endpoints.size();
  if (now.failures > 0) out << "  failures " << now.failures << " (retried " << now.retries << ")";
  if (now.totals.rejected > 0) out << "  lines put aside " << now.totals.rejected;
  if (now.cost && *now.cost > 0) out << "  $" << std::fixed << std::setprecision(2) << *now.cost;
  if (!now.message.empty()) out << "  " << core::printable(now.message);
  return out.str();
}

}  // namespace

bool colour_on_stdout() {
  return isatty(STDOUT_FILENO) == 1 && !no_color();
}

int terminal_width() {
  return columns_of(STDOUT_FILENO);
}

std::string short_count(double number) {
  static constexpr std::array<const char*, 5> kSuffixes = {"", "k", "M", "G", "T"};
  std::size_t suffix = 0;
  for (; number >= 999.5 && suffix + 1 < kSuffixes.size(); ++suffix) number /= 1000;
  std::ostringstream out;
  const bool fraction =
      (suffix > 0 || number != static_cast<double>(static_cast<long long>(number))) && number < 100;
  out << std::fixed << std::setprecision(fraction ? 1 : 0) << number << kSuffixes[suffix];
  return out.str();
}

std::string short_time(double seconds) {
  const auto whole = static_cast<long long>(seconds);
  std::ostringstream out;
  out << std::setfill('0');
  if (whole < 60) {
    out << whole << 's';
  } else if (whole < 3600) {
    out << whole / 60 << 'm' << std::setw(2) << whole % 60 << 's';
  } else {
    out << whole / 3600 << 'h' << std::setw(2) << whole % 3600 / 60 << 'm';
  }
  return out.str();
}

Console::Console() : terminal_(isatty(STDERR_FILENO) == 1) {}

Console::~Console() {
  finish();
}

void Console::progress(const archive::Progress& progress) {
  if (terminal_) return draw(progress);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_line_ < kPlainLineEvery) return;
  last_line_ = now;
  std::fprintf(stderr, "%s  %s  %s\n", head_line(progress).c_str(), rate_line(progress).c_str(),
               result_line(progress).c_str());
}

void Console::draw(const archive::Progress& progress) {
  const auto width = static_cast<std::size_t>(std::max(20, columns_of(STDERR_FILENO) - 1));
  std::string lines;
  for (const std::string& line : {head_line(progress), rate_line(progress), result_line(progress)}) {
    lines += line.substr(0, width) + "\n";
  }
  erase();
  std::fputs(lines.c_str(), stderr);
  drawn_lines_ = 3;
  last_ = std::move(lines);
}

void Console::erase() {
  if (drawn_lines_ > 0) std::fprintf(stderr, "\x1B[%dA\x1B[J", drawn_lines_);
  drawn_lines_ = 0;
}

void Console::notice(const std::string& line) {
  const bool redraw = drawn_lines_ > 0;
  erase();
  std::fprintf(stderr, "viltree: %s\n", core::printable(line).c_str());
  if (redraw) {
    std::fputs(last_.c_str(), stderr);
    drawn_lines_ = 3;
  }
}

void Console::finish() {
  drawn_lines_ = 0;
}

}  // namespace viltree::cli
