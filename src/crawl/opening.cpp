#include "opening.hpp"

#include "received.hpp"
#include "storage_value.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/fatal.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace viltree::crawl {

using core::ExitCode;

void Opening::begin() {
  next_ = parts_.units.first_open() * options_.unit_size;
  core::value_or_fatal(parts_.run.source.skip_to({next_}), ExitCode::kUsage);
}

bool Opening::reached_budget() const {
  return options_.budget.problems > 0 && next_ >= options_.budget.problems && !ended();
}

std::uint64_t Opening::left() const {
  const std::uint64_t given = options_.budget.problems;
  const std::uint64_t end = given > 0 ? std::min(given, total()) : total();
  return end - std::min(end, next_);
}

OpenTree* Opening::open_next() {
  pass_committed_units();
  auto item = core::value_or_fatal(parts_.run.source.next(), ExitCode::kUsage);
  if (!item) {
    ended_ = true;
    return nullptr;
  }
  next_ = item->index.value + 1;
  if (const auto* rejection = std::get_if<dataset::Rejection>(&item->content)) {
    reject(*item, rejection->reason);
    return nullptr;
  }
  auto& problem = std::get<domain::Problem>(item->content);
  if (problem.answer_kind == domain::AnswerKind::kJudge && parts_.clients.judge() == nullptr) {
    const auto refusal = checker::check_kind(problem.answer_kind);
    reject(*item, refusal.error().message + " (judge.kind)");
    return nullptr;
  }
  return open(*item, std::move(problem));
}

/// Units behind the first open one that are committed already.
void Opening::pass_committed_units() {
  std::uint64_t next = next_;
  while (next < total() && parts_.units.committed(parts_.units.unit_of({next})))
    next = (parts_.units.unit_of({next}) + 1) * options_.unit_size;
  if (next == next_) return;
  next_ = std::min(next, total());
  core::value_or_fatal(parts_.run.source.skip_to({next_}), ExitCode::kUsage);
}

void Opening::reject(const dataset::Item& item, const std::string& reason) {
  const std::string line = std::to_string(item.line);
  const std::string what = "line " + line + " put aside: " + reason;
  if (options_.strict) throw core::FatalError(ExitCode::kUsage, what + " (crawl.strict is set)");
  parts_.teller.notice(what);
  parts_.teller.note("rejected", {{"line", line}, {"reason", reason}, {"raw", item.raw}});
  parts_.spending.count_rejection();
  parts_.units.reject(item.index);
}

OpenTree* Opening::open(const dataset::Item& item, domain::Problem problem) {
  std::string fingerprint = domain::fingerprint(problem);
  auto known = core::value_or_fatal(parts_.replay.take(problem, fingerprint), ExitCode::kUsage);
  auto prompt = parts_.clients.policy().policy().prepare(problem);
  if (!prompt) {
    reject(item, prompt.error().message);
    return nullptr;
  }
  store_images(problem);
  auto machine = parts_.machines.make(problem, parts_.units.kernel_of(parts_.units.unit_of(problem.index)));
  auto checker = checker_of(problem, options_.check);
  auto tree = std::make_unique<OpenTree>(std::move(problem), std::move(fingerprint), std::move(*prompt),
                                         std::move(machine), std::move(checker));
  const std::uint64_t left = storage_value(tree->start(std::move(known), parts_.replay.has_gaps()));
  if (left > 0) {
    parts_.teller.notice("problem " + tree->problem().id + ": " + std::to_string(left) +
                         " answers of the journal rest on lost ones, and are asked for again");
  }
  return &parts_.trees.add(std::move(tree));
}

/// The run keeps the files, and memory nothing of them.
void Opening::store_images(domain::Problem& problem) const {
  for (domain::Image& image : problem.images) {
    const std::string extension = image.media_type.substr(image.media_type.find('/') + 1);
    image.path = storage_value(parts_.run.run.put_image(image.sha256, extension, *image.bytes));
    image.bytes.reset();
  }
}

}  // namespace viltree::crawl
