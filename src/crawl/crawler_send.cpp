#include "crawler.hpp"

#include <viltree/archive/totals.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/machine_factory.hpp>

#include <algorithm>
#include <utility>

namespace viltree::crawl {

namespace {

/// One finished tree's, on the average.
Amount mean_of(const Amount& sum, std::uint64_t trees) {
  const double count = static_cast<double>(trees);
  return {static_cast<std::uint64_t>(static_cast<double>(sum.tokens) / count), sum.usd / count};
}

}  // namespace

std::size_t Crawler::requests() const {
  std::size_t sum = 0;
  for (const auto& client : clients_) sum += client->requests();
  return sum;
}

bool Crawler::outage() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const auto& client) { return client->watch().outage().has_value(); });
}

void Crawler::stop_clients() {
  for (const auto& client : clients_) client->policy().stop();
}

/// Whether the open trees and one more would fit if they cost what finished trees cost; before any is
/// finished, whether one more request does. Trees that were begun in an earlier session are opened in any
/// case: their answers are paid for, and may be all that they need.
bool Crawler::budget_for_tree() const {
  if (!budget_.limited() || next_problem_ < replay_.problems_end()) return true;
  if (finished_.trees == 0) {
    const std::uint32_t completions = policy_client().policy().most_completions(largest_request_);
    const Amount request =
        policy_client().tariff().most(completions, policy_client().prompts().expect(0, std::nullopt));
    return budget_.fits(used() + budget_.reserved() + request);
  }
  const Amount mean = mean_of(used_by(finished_), finished_.trees);
  Amount sum = used() + mean;
  for (const auto& [problem, tree] : open_) {
    if (!given_up_.contains(problem)) sum = sum + rest_of(mean, used_by(tree->totals()));
  }
  return budget_.fits(sum);
}

Amount Crawler::used_by(const archive::Totals& totals) const {
  Amount sum = policy_client().tariff().used(totals.usage, totals.uncounted);
  if (parts_.judge != nullptr)
    sum = sum + clients_.back()->tariff().used(totals.judge.usage, totals.judge.uncounted);
  return sum;
}

/// Answers, and samples that were stopped.
Amount Crawler::used() const {
  Amount sum = used_by(totals_);
  for (const auto& client : clients_) {
    sum = sum + client->tariff().used(client->stopped().usage, client->stopped().uncounted);
  }
  return sum;
}

Amount Crawler::most_of(const Client& client, const Wanted& wanted) const {
  if (&client == &policy_client()) return most_of_sample(wanted);
  const std::uint32_t completions = client.policy().most_completions(wanted.n);
  return client.tariff().most(completions, client.prompts().expect(0, std::nullopt));
}

Amount Crawler::most_of_sample(const Wanted& wanted) const {
  const std::uint32_t completions = policy_client().policy().most_completions(wanted.n);
  if (!budget_.limits_money()) return policy_client().tariff().most(completions, 0);
  const OpenTree& tree = *open_.at(wanted.problem);
  const std::uint64_t prompt =
      policy_client().prompts().expect(tree.prefix(wanted.ticket).size(), tree.root_prompt_tokens());
  const std::uint64_t requests = (one_request_each_ ? wanted.n : 1) + (completions > wanted.n ? 1 : 0);
  return policy_client().tariff().most(completions, prompt * requests);
}

/// The judge first: what it says may let a tree go on.
void Crawler::send() {
  for (auto client = clients_.rbegin(); client != clients_.rend(); ++client) send(**client);
}

void Crawler::send(Client& client) {
  while (const auto wanted = client.queue().next()) {
    if (stopping_ || !client.has_room_for(wanted->n)) return;
    const Amount most = most_of(client, *wanted);
    if (budget_.fits(used() + budget_.reserved() + most)) {
      client.queue().pop();
      budget_.reserve(most);
      if (&client == &policy_client()) {
        send_sample(*wanted, most);
      } else {
        ask_judge(*wanted, most);
      }
      continue;
    }
    // What is in flight may cost less than it has reserved. If nothing is, there will never be more room.
    if (!idle()) return;
    give_up(wanted->problem);
  }
}

/// The tree stays in the journal, as far as it has grown.
void Crawler::give_up(domain::ProblemIndex problem) {
  for (const auto& client : clients_) client->queue().drop(problem);
  given_up_.insert(problem);
}

void Crawler::send_sample(const Wanted& wanted, const Amount& reserved) {
  const OpenTree& tree = *open_.at(wanted.problem);
  const search::SampleAction& action = tree.action(wanted.ticket);
  policy::Sample sample;
  sample.prompt = tree.prompt();
  sample.prefix = tree.prefix(action.ticket);
  sample.n = action.n;
  sample.max_tokens = options_.search.max_tokens;
  sample.seed = action.seed;
  policy_client().send(wanted, reserved, std::move(sample));
}

void Crawler::ask_judge(const Wanted& wanted, const Amount& reserved) {
  const OpenTree& tree = *open_.at(wanted.problem);
  const std::string& answer = tree.question(wanted.ticket);
  Client& judge = client_of(Asked::kJudge);
  domain::Problem question;
  question.index = wanted.problem;
  question.id = tree.problem().id;
  question.question =
      core::repair_utf8(checker::judge_question(options_.judge.prompt, tree.problem(), answer));
  policy::Sample sample;
  sample.prompt = core::value_or_fatal(judge.policy().prepare(question), core::ExitCode::kPolicy);
  sample.max_tokens = options_.judge.max_tokens;
  sample.seed = search::seed_of_question(options_.search.seed, tree.problem().id, answer);
  judge.send(wanted, reserved, std::move(sample));
}

}  // namespace viltree::crawl
