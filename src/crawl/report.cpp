#include "report.hpp"

#include "storage_value.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace viltree::crawl {

namespace {

constexpr std::chrono::milliseconds kReportEvery{100};
constexpr std::chrono::seconds kStatusEvery{2};

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

Teller::Teller(const Parts& parts)
    : observer_(parts.observer), log_(storage_value(EventLog::open(parts.run))) {}

void Teller::tell(const std::vector<PolicyNews>& all) {
  for (const PolicyNews& news : all) {
    notice(news.notice);
    note(news.event, news.fields);
  }
}

Report::Report(const Parts& parts, const Standing& standing)
    : parts_(parts), of_(standing), meter_(parts.clock.now(), standing.spending.totals()) {}

archive::Progress Report::progress(archive::State state) const {
  archive::Progress progress;
  progress.state = state;
  progress.model = of_.clients.policy().policy().model();
  progress.problems = of_.units.manifest().total_problems;
  progress.trees_open = of_.trees.size();
  std::uint64_t left_out = 0;
  for (const storage::UnitEntry& unit : of_.units.manifest().units) {
    progress.units_committed += unit.complete ? 1 : 0;
    progress.rows_committed += unit.rows;
    left_out += archive::to_totals(unit.counts).left_out;
  }
  progress.totals = of_.spending.totals_of_session();
  progress.totals.rows = progress.rows_committed;
  progress.totals.left_out = left_out;
  for (const Client* client : of_.clients.all()) add_client(*client, progress);
  progress.cost = of_.spending.cost_of(progress.totals);
  meter_.fill(progress, parts_.clock.now());
  return progress;
}

bool Report::due(core::Clock::Duration now) const {
  return now - last_report_ >= kReportEvery;
}

void Report::tell(archive::State state, core::Clock::Duration now, bool at_once) {
  last_report_ = now;
  meter_.sample(now, of_.spending.totals());
  const archive::Progress current = progress(state);
  parts_.observer.progress(current);
  if (!at_once && now - last_status_ < kStatusEvery) return;
  last_status_ = now;
  storage::FileSystem& fs = parts_.run.file_system();
  storage_value(
      storage::write_atomically(fs, parts_.run.status(), archive::to_json(current, core::utc_now())));
  storage_value(storage::write_atomically(fs, parts_.run.metrics(), archive::to_metrics(current)));
}

void Report::tell_failure(const std::string& message) {
  archive::Progress failed = progress(archive::State::kFailed);
  failed.message = message;
  (void)storage::write_atomically(parts_.run.file_system(), parts_.run.status(),
                                  archive::to_json(failed, core::utc_now()));
}

}  // namespace viltree::crawl
