#include "crawler.hpp"
#include "storage_value.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/core/fatal.hpp>

#include <chrono>
#include <utility>

namespace viltree::crawl {

using core::ExitCode;
using core::FatalError;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr milliseconds kReportEvery{100};
constexpr seconds kStatusEvery{2};

archive::Endpoint endpoint_of(const policy::EndpointState& state) {
  archive::Endpoint endpoint;
  endpoint.url = state.url;
  endpoint.model = state.model;
  endpoint.dialect = state.dialect;
  endpoint.condition = name(state.condition);
  endpoint.reason = state.reason;
  endpoint.in_flight = state.in_flight;
  endpoint.limit = state.limit;
  endpoint.requests = state.counts.requests;
  endpoint.retries = state.counts.retries;
  endpoint.failures = state.counts.failures;
  for (const policy::Finding& finding : state.findings) {
    if (finding.kind == policy::Finding::Kind::kCosts) endpoint.costs.push_back({finding.what, finding.text});
  }
  return endpoint;
}

void add_client(const Client& client, archive::Progress& progress) {
  if (client.watch().outage() && progress.message.empty())
    progress.message = client.watch().name() + " unreachable: " + client.watch().outage()->reason;
  progress.sequences_in_flight += client.in_flight();
  const policy::PolicyCounts counts = client.policy().counts();
  progress.requests += counts.requests;
  progress.retries += counts.retries;
  progress.failures += counts.failures;
  for (const policy::EndpointState& endpoint : client.watch().health().endpoints)
    progress.endpoints.push_back(endpoint_of(endpoint));
}

}  // namespace

/// None where anything that was asked was not counted.
std::optional<double> Crawler::cost_of(const archive::Totals& totals) const {
  const auto samples = archive::cost(totals.usage, options_.prices);
  if (totals.judge.asked() == 0) return samples;
  const auto rulings = archive::cost(totals.judge.usage, options_.judge.prices);
  if (!samples || !rulings) return std::nullopt;
  return *samples + *rulings;
}

archive::State Crawler::state() const {
  if (!ended_) return stopping_ ? archive::State::kStopping : archive::State::kRunning;
  const bool all_read = source_ended_ || next_problem_ >= manifest_at_start_.total_problems;
  if (open_.empty() && all_read && !units_.busy()) return archive::State::kFinished;
  return stopping_ ? archive::State::kInterrupted : archive::State::kBudget;
}

archive::Progress Crawler::progress() const {
  archive::Progress progress;
  progress.state = state();
  progress.model = policy_client().policy().model();
  progress.problems = manifest_at_start_.total_problems;
  progress.trees_open = open_.size();
  std::uint64_t left_out = 0;
  for (const storage::UnitEntry& unit : units_.manifest().units) {
    progress.units_committed += unit.complete ? 1 : 0;
    progress.rows_committed += unit.rows;
    left_out += archive::to_totals(unit.counts).left_out;
  }
  progress.totals = totals_;
  progress.totals.add(policy_client().stopped());
  progress.totals.rows = progress.rows_committed;
  progress.totals.left_out = left_out;
  for (const auto& client : clients_) add_client(*client, progress);
  progress.cost = cost_of(progress.totals);
  meter_.fill(progress, parts_.clock.now());
  return progress;
}

void Crawler::report(bool at_once) {
  const Duration now = parts_.clock.now();
  if (!at_once && now - last_report_ < kReportEvery) return;
  last_report_ = now;
  watch_policies();
  meter_.sample(now, totals_);
  const archive::Progress current = progress();
  parts_.observer.progress(current);
  if (!at_once && now - last_status_ < kStatusEvery) return;
  last_status_ = now;
  storage::FileSystem& fs = parts_.run.file_system();
  storage_value(storage::write_atomically(fs, parts_.run.status(), to_json(current, core::utc_now())));
  storage_value(storage::write_atomically(fs, parts_.run.metrics(), archive::to_metrics(current)));
}

void Crawler::watch_policies() {
  for (const auto& client : clients_) {
    tell(client->watch().look(client->policy().health()));
    if (!ended_ && !stopping_ && client->watch().beyond_patience())
      throw FatalError(ExitCode::kPolicy, client->watch().last_words());
  }
}

void Crawler::tell(const std::vector<PolicyNews>& all) {
  for (const PolicyNews& news : all) {
    parts_.observer.notice(news.notice);
    note(news.event, news.fields);
  }
}

void Crawler::tell_kernel() {
  const search::FittedKernel& kernel = units_.kernel();
  note("kernel", {{"trees", std::to_string(kernel.trees)}, {"rounds", std::to_string(kernel.rounds)}});
  if (!kernel.built_in()) return;
  parts_.observer.notice(
      "no tree of the first unit came to an outcome: the run keeps the built-in kernel, for the values of "
      "all units");
}

void Crawler::note(std::string_view event, const EventLog::Fields& fields) {
  (void)log_.write(event, fields);  // for people alone: the journal's own errors are what ends a run
}

}  // namespace viltree::crawl
