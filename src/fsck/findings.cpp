#include "findings.hpp"

#include <viltree/core/display.hpp>
#include <viltree/core/text.hpp>

#include <utility>

namespace viltree::fsck {

namespace {

constexpr std::uint64_t kMostPerFile = 20;

}  // namespace

void Findings::add(Finding finding) {
  if (finding.unit && finding.severity == Severity::kError) {
    bool& contents = damaged_units_[*finding.unit];
    contents = contents || finding.of_contents;
  }
  errors_ += finding.severity == Severity::kError ? 1 : 0;
  if (++per_file_[finding.file] <= kMostPerFile) findings_.push_back(std::move(finding));
}

void Findings::hand_over(Report& report) {
  for (const auto& [file, number] : per_file_) {
    if (number > kMostPerFile) {
      findings_.push_back({file, core::counted(number - kMostPerFile, "finding") + " more", Severity::kNote});
    }
  }
  report.findings = std::move(findings_);
  report.errors = errors_;
  report.damaged_units = damaged_units_;
}

std::string render_report(const Report& report) {
  std::string text;
  for (const Finding& finding : report.findings) {
    text += finding.severity == Severity::kError ? "ERROR  " : "note   ";
    const bool names_it = finding.what.find(finding.file) != std::string::npos;
    text += (names_it ? "" : core::one_line(finding.file, 0) + ": ") + core::one_line(finding.what, 0) + '\n';
  }
  text += "read " + core::counted(report.files, "file") + ", " + core::counted(report.trees, "tree") + ", " +
          core::counted(report.rollouts, "rollout") + ", " + core::counted(report.rows, "row") + ", " +
          core::counted(report.images, "image") + ", " +
          core::counted(report.journal_frames, "journal frame") + " with " +
          core::counted(report.journal_answers, "answer") + '\n';
  text += report.sound() ? "all is well\n"
                         : core::counted(report.errors, "error") +
                               " found; `viltree repair RUN --dry-run` shows what can be saved\n";
  return text;
}

}  // namespace viltree::fsck
