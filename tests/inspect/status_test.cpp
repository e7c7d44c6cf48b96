#include "archive/fixture.hpp"

#include <viltree/archive/progress.hpp>
#include <viltree/inspect/status.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::inspect;
using archive::test::RunFixture;

namespace {

archive::RunStatus running() {
  archive::RunStatus status;
  status.written_at = "2026-01-31T12:00:00Z";
  status.lock = {true, 4242};
  archive::Progress progress;
  progress.model = "model\x1b[31m";
  progress.problems = 1000;
  progress.trees_open = 64;
  progress.sequences_in_flight = 512;
  progress.units_committed = 1;
  progress.rows_committed = 2345;
  progress.totals.trees = 118;
  progress.totals.rejected = 2;
  progress.totals.answers = 1500;
  progress.totals.refusals = 1;
  progress.totals.rollouts = 2000;
  progress.totals.verdicts.add(domain::Verdict::kRight, 500);
  progress.totals.verdicts.add(domain::Verdict::kWrong, 1500);
  progress.totals.usage = {9'000'000, std::nullopt, 1'234'567, 234'567};
  progress.totals.prefill_computed = 4'000'000;
  progress.totals.prefill_bound = 3'000'000;
  archive::Endpoint endpoint;
  endpoint.url = "http://127.0.0.1:8000/v1";
  endpoint.model = "m\x1b";
  endpoint.dialect = "vllm";
  endpoint.condition = "lost";
  endpoint.reason = "reset";
  endpoint.limit = 512;
  endpoint.requests = 1510;
  endpoint.failures = 12;
  endpoint.costs = {{"usage", "no cached tokens"}};
  progress.endpoints = {endpoint};
  progress.requests = 1510;
  progress.retries = 10;
  progress.failures = 12;
  progress.seconds = 4320;
  progress.rollouts_per_second = 12.34;
  progress.tokens_per_second = 4567;
  progress.seconds_left = 2 * 86400 + 5 * 3600;
  progress.cost = 12.345;
  status.progress = progress;
  return status;
}

}  // namespace

TEST_CASE("status: a running crawl in aligned lines") {
  CHECK(render_status(running()) ==
        "state        running by process 4242\n"
        "model        model\\x1B[31m\n"
        "problems     120 of 1,000 done (12.0%), 2 put aside\n"
        "rollouts     2,000\n"
        "             right 500 (25.0%), wrong 1,500 (75.0%)\n"
        "tokens       1,234,567 generated (234,567 of them reasoning), 9,000,000 of prompts\n"
        "prefill      computed 4,000,000 tokens, bound 3,000,000, share 75.0%\n"
        "refused      1 request for good\n"
        "server       http://127.0.0.1:8000/v1 m\\x1B (vllm): lost: reset; 0 of 512 in flight, 1,510 "
        "requests, 12 failed\n"
        "               costs: usage: no cached tokens\n"
        "requests     1,510 in the last session, 10 of them again, 12 failed\n"
        "time         1 h 12 min in the last session\n"
        "trees open   64, 512 completions in flight\n"
        "rates        12.3 rollouts/s, 4567 tokens/s\n"
        "time left    about 2 d 5 h\n"
        "committed    1 whole unit, 2,345 rows\n"
        "cost         12.35\n"
        "as of        2026-01-31T12:00:00Z\n");
}

TEST_CASE("status: what a killed process left as running is told as interrupted, with what to do") {
  archive::RunStatus status = running();
  status.lock = {};
  const std::string text = render_status(status);
  CHECK(text.starts_with("state        interrupted: run the same command to go on\n"));
  CHECK(text.find("rollouts/s") == std::string::npos);
  const auto json = nlohmann::json::parse(archive::to_json(status));
  CHECK(json["state"] == "interrupted");
  CHECK(json["live"]["running"] == false);
  CHECK(json["live"]["process"].is_null());
}

TEST_CASE("status: every end of a session has its words") {
  archive::RunStatus status = running();
  status.lock = {};
  status.progress->message = "the disk is full";
  const auto first_line = [&](archive::State state) {
    status.progress->state = state;
    const std::string text = render_status(status);
    return text.substr(13, text.find('\n') - 13);
  };
  CHECK(first_line(archive::State::kFinished) == "finished");
  CHECK(first_line(archive::State::kBudget).starts_with("stopped: the budget is used up"));
  CHECK(first_line(archive::State::kFailed).starts_with("failed: "));
  CHECK(render_status(status).find("\n             the disk is full\n") != std::string::npos);
  status.lock = {true, 7};
  CHECK(first_line(archive::State::kFinished) == "running by process 7");
  CHECK(first_line(archive::State::kStopping) == "stopping by process 7");
}

TEST_CASE("status: a new session is told apart from the old one, and JSON holds the file and the manifest") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
  fixture.write("status.json", archive::to_json(*running().progress, "then"));
  const auto lock = fixture.run().acquire_lock();
  REQUIRE(lock.has_value());
  const auto status = archive::read_status(fixture.run());
  REQUIRE(status.has_value());
  CHECK(status->written_at == "then");
  const auto json = nlohmann::json::parse(archive::to_json(*status));
  CHECK(json["source"] == "status.json");
  CHECK(json["state"] == "running");
  CHECK(json["written_at"] == "then");
  CHECK(json["live"]["running"] == true);
  CHECK(json["totals"]["verdicts"]["wrong"] == 1500);
  CHECK(json["endpoints"][0]["condition"] == "lost");
  CHECK(json["endpoints"][0]["costs"][0]["what"] == "usage");
  CHECK(json["totals"]["prefill"]["share"] == 0.75);
  CHECK(json["manifest"]["rows"] == 8);
  CHECK(json["manifest"]["total_problems"] == 6);
}

TEST_CASE("status: where status.json is missing or torn the manifest tells what it knows") {
  RunFixture fixture;
  fixture.add_unit({fixture.tree(0, "a"), fixture.tree(1, "b")});
  fixture.add_unit({fixture.tree(2, "c")});
  for (const bool torn : {false, true}) {
    if (torn) fixture.write("status.json", "{\"written_at\": \"th");
    const auto status = archive::read_status(fixture.run());
    REQUIRE(status.has_value());
    CHECK_FALSE(status->progress.has_value());
    CHECK(render_status(*status) ==
          "state        interrupted: run the same command to go on\n"
          "problems     4 of 6 done (66.7%), 1 put aside\n"
          "rollouts     24\n"
          "tokens       unknown generated, unknown of prompts\n"
          "committed    2 whole units, 12 rows\n"
          "as of        the last commit (status.json cannot be read)\n");
    CHECK(nlohmann::json::parse(archive::to_json(*status))["source"] == "manifest");
  }
}

TEST_CASE("status: a folder with neither file is no run") {
  RunFixture fixture;
  const auto status = archive::read_status(fixture.run());
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().kind == core::ErrorKind::kInvalidInput);
}
