#include "stats/fixture.hpp"

#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::stats;
using namespace viltree::stats::test;
using doctest::Approx;

namespace {

std::vector<std::string> names(const std::vector<Suspicion>& suspicions) {
  std::vector<std::string> names;
  for (const Suspicion& suspicion : suspicions) names.push_back(suspicion.name);
  return names;
}

/// 1,000 problems of which nothing is suspicious.
Statistics sound() {
  Statistics s;
  s.coverage = {1000, 1000, 0, 0, 1000};
  s.verdicts = {500, 400, 50, 50, 0, 0};
  s.roots.outcomes = {600, 200, 200, 0};
  for (int i = 0; i < 100; ++i) {
    const double label = i % 5 / 4.0;
    const std::uint32_t depth = 1 + static_cast<std::uint32_t>(i / 5 % 4);
    s.labels.all.add(label);
    s.labels.by_depth[depth].add(label);
    s.correlations.label_and_depth.add(label, depth);
    s.widths.add(0.3);
  }
  s.contradictions.measured_nodes = 100;
  s.contradictions.excluded_nodes = 4;
  s.contradictions.answers = 100;
  s.duplicates.rows = 100;
  return s;
}

}  // namespace

TEST_CASE("stats: what is suspicious is told with its figure, in the order of the table") {
  const auto found = suspicions(statistics_of_three());
  CHECK(names(found) == std::vector<std::string>{"unfinished", "rejected", "failed", "no-rows",
                                                 "wide-intervals", "answer-contradictions", "one-depth",
                                                 "duplicates-in-problem", "duplicates-in-run"});
  CHECK(found[0].figure == Approx(2.0 / 6));
  CHECK(found[0].message.starts_with("33.3% of the problems have no committed tree yet: "));
  CHECK(found[8].figure == Approx(4.0 / 6));
  CHECK(found[8].limit == 0.2);
}

TEST_CASE("stats: nothing is suspicious of a sound run, nor of figures at their limits") {
  Statistics s = sound();
  CHECK(names(suspicions(s)).empty());
  s.verdicts = {300, 400, 100, 200, 0, 0};  // unparsed 10%, truncated 20%
  s.roots.outcomes = {300, 350, 350, 0};
  CHECK(names(suspicions(s)).empty());
}

TEST_CASE("stats: each figure beyond its limit is suspicious") {
  using Change = void (*)(Statistics&);
  const std::vector<std::pair<std::string, Change>> cases = {
      {"unfinished", [](Statistics& s) { s.coverage.trees = s.coverage.trees_with_rows = 999; }},
      {"rejected",
       [](Statistics& s) {
         s.coverage.problems = 1060;
         s.coverage.rejected = 60;
       }},
      {"truncated", [](Statistics& s) { s.verdicts = {400, 350, 50, 201, 0, 0}; }},
      {"unparsed", [](Statistics& s) { s.verdicts = {450, 350, 101, 50, 0, 0}; }},
      {"filtered", [](Statistics& s) { s.verdicts = {450, 350, 50, 50, 60, 0}; }},
      {"failed", [](Statistics& s) { s.verdicts = {450, 350, 50, 50, 0, 60}; }},
      {"no-rows", [](Statistics& s) { s.coverage.trees_with_rows = 790; }},
      {"mixed-trees",
       [](Statistics& s) {
         s.roots.outcomes = {290, 355, 355, 0};
       }},
      {"one-label", [](Statistics& s) { s.labels.all.ones = 91; }},
      {"wide-intervals",
       [](Statistics& s) {
         for (int i = 0; i < 101; ++i) s.widths.add(0.6);
       }},
      {"value-contradictions", [](Statistics& s) { s.contradictions.excluded_nodes = 11; }},
      {"answer-contradictions", [](Statistics& s) { s.contradictions.contradictory_answers = 1; }},
      {"label-length",
       [](Statistics& s) {
         for (int i = 0; i < 50; ++i) s.correlations.label_and_step_bytes.add(i % 2, -i % 2);
       }},
      {"solution-length",
       [](Statistics& s) {
         for (int i = 0; i < 50; ++i) s.correlations.solution_bytes_and_right.add(i % 2, i % 2);
       }},
      {"label-depth",
       [](Statistics& s) {
         for (int i = 0; i < 50; ++i) s.correlations.label_and_depth.add(i % 2, i % 2 * 4);
       }},
      {"one-depth", [](Statistics& s) { s.labels.by_depth[1].value.count = 51; }},
      {"duplicates-in-problem", [](Statistics& s) { s.duplicates.near_within_problem = 21; }},
      {"duplicates-in-run", [](Statistics& s) { s.duplicates.within_run = 21; }}};
  for (const auto& [name, change] : cases) {
    CAPTURE(name);
    Statistics s = sound();
    change(s);
    CHECK(names(suspicions(s)) == std::vector<std::string>{name});
  }
}

TEST_CASE("stats: a correlation of few pairs is no reason for suspicion") {
  Statistics s = sound();
  for (int i = 0; i < 49; ++i) s.correlations.label_and_step_bytes.add(i % 2, i % 2);
  CHECK(names(suspicions(s)).empty());
}

TEST_CASE("stats: the JSON has every figure under its key") {
  const auto json = nlohmann::json::parse(to_json(statistics_of_three()));
  CHECK(json["trees"] == 3);
  CHECK(json["unfinished"] == 2);
  CHECK(json["rollouts"] == 8);
  CHECK(json["rows"] == 6);
  CHECK(json["completion_tokens"] == 70);
  CHECK(json["verdicts"]["right"]["count"] == 4);
  CHECK(json["verdicts"]["truncated"]["share"] == Approx(0.1));
  CHECK(json["root_values"]["mixed"]["count"] == 1);
  CHECK(json["labels"]["mode"] == "soft");
  CHECK(json["labels"]["histogram"][9]["from"] == 0.9);
  CHECK(json["labels"]["histogram"][9]["count"] == 3);
  CHECK(json["labels"]["by_depth"][1]["depth"] == 2);
  CHECK(json["labels"]["by_depth"][1]["count"] == 4);
  CHECK(json["interval_widths"]["within_0_1"]["count"] == 5);
  CHECK(json["contradictions"]["several_verdicts"]["count"] == 1);
  CHECK(json["correlations"]["right_solution_bytes"]["count"] == 5);
  CHECK(json["duplicates"]["within_run"]["count"] == 4);
  CHECK(json["duplicates"]["frequent"][0]["step"] == "so 0.");
  CHECK(json["cost"]["requests"]["per_row"] == Approx(4.0 / 6));
  CHECK(json["cost"]["prompt_tokens"]["total"] == 130);
  CHECK(json["cost"]["reasoning_tokens"]["total"].is_null());
  CHECK(json["cost"]["money"]["total"].is_null());
  CHECK(json["suspicious"][0]["name"] == "unfinished");
}

TEST_CASE("stats: the JSON of nothing has the same keys, and null for what is unknown") {
  const auto nothing = nlohmann::json::parse(to_json(Statistics{}));
  const auto three = nlohmann::json::parse(to_json(statistics_of_three()));
  CHECK(nothing["labels"]["mean"].is_null());
  CHECK(nothing["correlations"]["label_depth"]["pearson"].is_null());
  CHECK(nothing["interval_widths"]["median"].is_null());
  CHECK(nothing["cost"]["rollouts"]["per_row"].is_null());
  CHECK(nothing["verdicts"]["right"]["share"].is_null());
  for (const auto& [key, value] : three.items()) {
    CAPTURE(key);
    CHECK(nothing.contains(key));
    if (!value.is_object()) continue;
    for (const auto& [inner, ignored] : value.items()) CHECK(nothing[key].contains(inner));
  }
}

TEST_CASE("stats: the text has every section, aligned, and what is suspicious at its end") {
  Statistics s = statistics_of_three();
  s.cost.money = 0.25;
  const std::string text = render_text(s);
  const auto has = [&](const std::string& line) { return text.find(line) != std::string::npos; };
  CHECK(
      text.starts_with("trees\n"
                       "  problems                                     6\n"
                       "  trees                                        3     50.0%\n"
                       "  rejected                                     1     16.7%\n"
                       "  unfinished, not in what follows              2     33.3%\n"));
  CHECK(has("  truncated                                    1     10.0%\n"));
  CHECK(has("\nlabels (soft)\n"));
  CHECK(has("   0.9 to  1.0 (with it)                       3     50.0%  ####"));
  CHECK(has("    2                                          4     0.500     50.0%     50.0%\n"));
  CHECK(has("  known: finished solutions                    5     83.3%\n"));
  CHECK(has("    whose posterior these exclude              0      0.0%  (by chance about 5% at most)\n"));
  CHECK(has("  right, bytes of the solution            -0.382  of 5\n"));
  CHECK(has("                                               4  so 0.\n"));
  CHECK(has("  tokens generated                            70       11.7\n"));
  CHECK(has("    reasoning                                  –          –\n"));
  CHECK(has("  money                                   0.2500     0.0417\n"));
  CHECK(has("\nsuspicious\n  33.3% of the problems have no committed tree yet"));
  CHECK(render_text(sound()).ends_with("\nsuspicious\n  nothing\n"));
}

TEST_CASE("stats: hostile steps come out harmless") {
  Statistics s = sound();
  s.duplicates.frequent = {{"\x1b[2J \xE2\x80\xAE \xFF\nend", 9, 0}};
  for (const std::string& text : {render_text(s), to_json(s)}) {
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
  }
  CHECK(nlohmann::json::accept(to_json(s)));
}
