#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/plan/plan.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace viltree::plan {

namespace {

constexpr std::array<std::string_view, kQuantities> kNames = {
    "requests",         "rollouts",    "prompt_tokens", "cached_tokens",  "computed_tokens",
    "generated_tokens", "rows",        "money",         "money_uncached", "journal_bytes",
    "tree_bytes",       "shard_bytes", "image_bytes"};

constexpr std::size_t kNameColumns = 26;
constexpr std::size_t kTreeColumns = 36;

std::string formatted(double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string count_text(double value) {
  return core::with_thousands(static_cast<unsigned long long>(std::llround(std::max(0.0, value))));
}

std::string bytes_text(double bytes) {
  static constexpr std::array<const char*, 6> kUnits = {" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
  std::size_t unit = 0;
  for (; bytes >= 1024 && unit + 1 < kUnits.size(); ++unit) bytes /= 1024;
  return formatted(bytes, unit == 0 ? "%.0f" : "%.1f") + kUnits[unit];
}

std::string money_text(double money) {
  return formatted(money, std::abs(money) < 1 ? "%.4f" : "%.2f");
}

using Text = std::string (*)(double);

Text text_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::kMoney:
    case Quantity::kMoneyUncached:
      return money_text;
    case Quantity::kJournalBytes:
    case Quantity::kTreeBytes:
    case Quantity::kShardBytes:
    case Quantity::kImageBytes:
      return bytes_text;
    default:
      return count_text;
  }
}

std::string padded(std::string text, std::size_t columns) {
  text.resize(std::max(text.size() + 1, columns), ' ');
  return text;
}

/// "name   mean (p10 … p90)   total ± error"
std::string line(std::string_view what, const Plan& plan, Quantity quantity) {
  std::string text = padded(std::string(what), kNameColumns);
  const auto& range = plan.of(quantity);
  if (!range) return text + "unknown\n";
  const Text to_text = text_of(quantity);
  text += padded(to_text(range->mean) + " (" + to_text(range->p10) + " to " + to_text(range->p90) + ')',
                 kTreeColumns);
  return text + to_text(range->total) + " +- " + to_text(range->total_error) + '\n';
}

std::string prompts_text(const Assumptions& assumed) {
  const std::uint64_t counted = assumed.servers.prompts_counted;
  if (counted == 0) return "\n";
  return " but the\n           tokens of " + core::with_thousands(counted) + " of the prompts\n";
}

std::string head(const Plan& plan) {
  std::string text = "strategy   " + plan.strategy + ", " + count_text(plan.trees) + " problems in " +
                     core::with_thousands(plan.lines) + " lines\n";
  if (plan.assumptions) {
    return text + "from       " + core::with_thousands(plan.sampled) +
           " synthetic trees, see the assumptions below; " +
           (plan.endpoints.empty()
                ? "no model was asked anything\n"
                : "the servers were asked what they can do, nothing else" + prompts_text(*plan.assumptions));
  }
  return text + "from       " + core::with_thousands(plan.sampled) +
         " problems that were crawled; `generate` goes on from there\n";
}

std::string table(const Plan& plan) {
  std::string text = '\n' + padded("", kNameColumns) + padded("a problem (10th to 90th %)", kTreeColumns) +
                     "in all, +- standard error\n";
  text += line("requests", plan, Quantity::kRequests);
  text += line("rollouts", plan, Quantity::kRollouts);
  text += line("rows", plan, Quantity::kRows);
  text += line("prompt tokens", plan, Quantity::kPromptTokens);
  text += line("  cached", plan, Quantity::kCachedTokens);
  text += line("  computed", plan, Quantity::kComputedTokens);
  text += line("generated tokens", plan, Quantity::kGeneratedTokens);
  const auto& money = plan.of(Quantity::kMoneyUncached);
  if (money && money->total > 0) {
    text += line("money", plan, Quantity::kMoney);
    text += line("  without a prefix cache", plan, Quantity::kMoneyUncached);
  }
  text += line("disk: journal", plan, Quantity::kJournalBytes);
  text += line("  tree archives", plan, Quantity::kTreeBytes);
  text += line("  shards", plan, Quantity::kShardBytes);
  return text + line("  images", plan, Quantity::kImageBytes);
}

std::string time_text(const Plan& plan) {
  const auto hours = plan.hours();
  if (!hours) return "\ntime       unknown: give --tokens-per-second, or --probe\n";
  const std::string text = formatted(*hours, *hours < 10 ? "%.2f" : "%.0f") + " hours";
  if (hours == plan.least_hours())
    return "\ntime       " + text + " at least, by the limits of requests and tokens a minute\n";
  return "\ntime       " + text + " at " + count_text(*plan.tokens_per_second) +
         (plan.speed_was_measured ? " generated tokens a second, as measured\n"
                                  : " generated tokens a second\n");
}

/// "1", or "1 or 8" where servers differ.
std::string choices_text(const Servers& servers) {
  std::vector<std::uint32_t> all;
  for (const Servers::Server& server : servers.known) all.push_back(server.choices_per_request);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string text;
  for (const std::uint32_t choices : all) {
    text += text.empty() ? "" : " or ";
    text += choices == std::numeric_limits<std::uint32_t>::max() ? "all" : core::with_thousands(choices);
  }
  return text;
}

std::string servers_text(const Servers& servers) {
  std::string text;
  if (servers.known.empty()) {
    text += ", and all siblings with one request\n           (no server said how many it gives)";
  } else {
    text += "\nfound      siblings with one request: " + choices_text(servers);
  }
  if (servers.prompts_counted > 0)
    text += "\n           prompts have " + formatted(servers.prompt_factor, "%.2f") +
            " times the tokens that are assumed above, by those of " +
            core::with_thousands(servers.prompts_counted) + " problems";
  if (!servers.tell_cached)
    text += "\n           nobody says what is cached: the money is without a prefix cache";
  return text;
}

std::string assumptions_text(const Assumptions& assumed) {
  const auto number = [](double value) { return formatted(value, "%g"); };
  return "\nassumed    " + number(assumed.steps) + " steps of a solution (--steps), " +
         number(assumed.tokens_per_step) + " tokens of a step (--tokens-per-step),\n           " +
         "a right answer with a chance from " + number(assumed.right_from) + " to " +
         number(assumed.right_to) + " (--right-from, --right-to),\n           " +
         number(assumed.image_tokens) + " tokens of an image (--image-tokens), " +
         number(assumed.template_tokens) + " of the template (--template-tokens),\n           " +
         number(assumed.bytes_per_token) + " bytes of a token (--bytes-per-token), text compressed to 1/" +
         number(assumed.compression) + " (--compression),\n           a prefix cache that loses nothing" +
         servers_text(assumed.servers) + '\n';
}

std::string judge_text(const Plan& plan) {
  if (!plan.has_judge) return {};
  if (plan.assumptions) {
    return "\njudge      not counted: at most a short question for each different final answer of a problem "
           "(--probe counts its money)\n";
  }
  return "\njudge      in the money, not in requests and tokens\n";
}

std::string endpoints_text(const Plan& plan) {
  std::string text;
  for (const policy::EndpointState& endpoint : plan.endpoints) {
    text += "\nserver     " + core::printable(endpoint.url) + ' ' + core::printable(endpoint.model) + " (" +
            core::printable(endpoint.dialect) + "): " + std::string(name(endpoint.condition));
    text += endpoint.reason.empty() ? "\n" : ": " + core::printable(endpoint.reason) + '\n';
    for (const policy::Finding& finding : endpoint.findings) {
      text += "  " + padded(std::string(name(finding.kind)), 9) + core::printable(finding.what) + ": " +
              core::printable(finding.text) + '\n';
    }
  }
  return text;
}

void write_range(json::Writer& json, const std::optional<Range>& range) {
  if (!range) {
    json.null();
    return;
  }
  json.begin_object().key("per_problem").begin_object().key("mean").decimal(range->mean);
  json.key("p10").decimal(range->p10).key("p90").decimal(range->p90).end_object();
  json.key("total").begin_object().key("mean").decimal(range->total);
  json.key("standard_error").decimal(range->total_error).end_object().end_object();
}

void write_assumptions(json::Writer& json, const std::optional<Assumptions>& assumed) {
  if (!assumed) {
    json.null();
    return;
  }
  json.begin_object().key("steps").decimal(assumed->steps);
  json.key("tokens_per_step").decimal(assumed->tokens_per_step);
  json.key("right_from").decimal(assumed->right_from).key("right_to").decimal(assumed->right_to);
  json.key("bytes_per_token").decimal(assumed->bytes_per_token);
  json.key("image_tokens").decimal(assumed->image_tokens);
  json.key("template_tokens").decimal(assumed->template_tokens);
  json.key("compression").decimal(assumed->compression);
  json.key("trees").integer(assumed->trees).key("seed").integer(assumed->seed);
  json.key("servers").begin_object().key("choices_per_request").begin_array();
  for (const Servers::Server& server : assumed->servers.known) {
    if (server.choices_per_request == std::numeric_limits<std::uint32_t>::max()) {
      json.null();
    } else {
      json.integer(server.choices_per_request);
    }
  }
  json.end_array().key("tell_cached").boolean(assumed->servers.tell_cached);
  json.key("prompt_factor").decimal(assumed->servers.prompt_factor);
  json.key("prompts_counted").integer(assumed->servers.prompts_counted).end_object().end_object();
}

void write_endpoint(json::Writer& json, const policy::EndpointState& endpoint) {
  json.begin_object().key("url").text(endpoint.url).key("model").text(endpoint.model);
  json.key("dialect").text(endpoint.dialect).key("condition").text(name(endpoint.condition));
  json.key("reason").text(endpoint.reason).key("findings").begin_array();
  for (const policy::Finding& finding : endpoint.findings) {
    json.begin_object().key("kind").text(name(finding.kind));
    json.key("what").text(finding.what).key("text").text(finding.text).end_object();
  }
  json.end_array().end_object();
}

}  // namespace

std::string_view name(Quantity quantity) {
  return kNames[static_cast<std::size_t>(quantity)];
}

std::string render(const Plan& plan) {
  return head(plan) + table(plan) + time_text(plan) +
         (plan.assumptions ? assumptions_text(*plan.assumptions) : std::string()) + judge_text(plan) +
         endpoints_text(plan);
}

std::string to_json(const Plan& plan) {
  std::string text;
  json::Writer json(text);
  json.begin_object().key("strategy").text(plan.strategy).key("lines").integer(plan.lines);
  json.key("problems").decimal(plan.trees).key("from").text(plan.assumptions ? "assumptions" : "probe");
  json.key("sampled").integer(plan.sampled).key("quantities").begin_object();
  for (std::size_t i = 0; i < kQuantities; ++i) {
    json.key(kNames[i]);
    write_range(json, plan.estimate[i]);
  }
  json.end_object().key("tokens_per_second").decimal_or_null(plan.tokens_per_second);
  json.key("hours").decimal_or_null(plan.hours()).key("assumptions");
  write_assumptions(json, plan.assumptions);
  json.key("has_judge").boolean(plan.has_judge);
  json.key("endpoints").begin_array();
  for (const policy::EndpointState& endpoint : plan.endpoints) write_endpoint(json, endpoint);
  json.end_array().end_object();
  return text + '\n';
}

}  // namespace viltree::plan
