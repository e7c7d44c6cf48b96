#include "clients.hpp"

#include <viltree/checker/ruling.hpp>
#include <viltree/core/fatal.hpp>
#include <viltree/core/text.hpp>
#include <viltree/search/machine_factory.hpp>

#include <algorithm>
#include <utility>

namespace viltree::crawl {

PolicyClient::PolicyClient(const Options& options, policy::Policy& policy, std::shared_ptr<Mailbox> mailbox)
    : Client(Asked::kPolicy, policy, {options.prices, options.search.max_tokens}, options.patience,
             std::move(mailbox)),
      max_tokens_(options.search.max_tokens),
      counts_money_(options.budget.usd > 0) {}

Amount PolicyClient::most(const Wanted& wanted, const OpenTree& tree) const {
  if (!counts_money_) return most_of(wanted.n, 1, 0);
  const std::uint64_t prompt = prompts().expect(tree.prefix_bytes(wanted.ticket), tree.root_prompt_tokens());
  return most_of(wanted.n, one_request_each_ ? wanted.n : 1, prompt);
}

Amount PolicyClient::most_at_root() const {
  return most_of_completions(policy().most_completions(largest_request_), prompts().expect(0, std::nullopt));
}

void PolicyClient::want(const Wanted& wanted) {
  queue().add(wanted);
  largest_request_ = std::max(largest_request_, wanted.n);
}

void PolicyClient::learn(const domain::TreeEvent& event, const OpenTree& tree) {
  const std::size_t n = event.rollouts.size();
  one_request_each_ = one_request_each_ || (n > 1 && event.bill.requests >= n);
  const auto& tokens = event.bill.usage.prompt_tokens;
  if (!counts_money_ || !tokens) return;
  prompts().saw(tree.prefix_bytes(event.ticket), *tokens / event.bill.requests, tree.root_prompt_tokens());
}

policy::Sample PolicyClient::sample(const Wanted& wanted, const OpenTree& tree) const {
  const search::SampleAction& action = tree.action(wanted.ticket);
  policy::Sample sample;
  sample.prompt = tree.prompt();
  sample.prefix = tree.prefix(action.ticket);
  sample.n = action.n;
  sample.max_tokens = max_tokens_;
  sample.seed = action.seed;
  return sample;
}

JudgeClient::JudgeClient(const Options& options, policy::Policy& judge, std::shared_ptr<Mailbox> mailbox)
    : Client(Asked::kJudge, judge, {options.judge.prices, options.judge.max_tokens}, options.patience,
             std::move(mailbox)),
      options_(options.judge),
      seed_(options.search.seed) {}

Amount JudgeClient::most(const Wanted& wanted, const OpenTree&) const {
  return most_of(wanted.n, 1, prompts().expect(0, std::nullopt));
}

void JudgeClient::learn(const domain::Ruling& ruling) {
  const auto& tokens = ruling.bill.usage.prompt_tokens;
  if (tokens) prompts().saw(0, *tokens / ruling.bill.requests, std::nullopt);
}

policy::Sample JudgeClient::sample(const Wanted& wanted, const OpenTree& tree) const {
  const std::string& answer = tree.question(wanted.ticket);
  return question(tree.problem(), answer, search::seed_of_question(seed_, tree.problem().id, answer));
}

policy::Sample JudgeClient::question(const domain::Problem& problem, const std::string& answer,
                                     std::uint64_t seed) const {
  domain::Problem question;
  question.index = problem.index;
  question.id = problem.id;
  question.question = core::repair_utf8(checker::judge_question(options_.prompt, problem, answer));
  policy::Sample sample;
  sample.prompt = core::value_or_fatal(policy().prepare(question), core::ExitCode::kPolicy);
  sample.max_tokens = options_.max_tokens;
  sample.seed = seed;
  return sample;
}

Clients::Clients(const Options& options, policy::Policy& policy, policy::Policy* judge,
                 const std::shared_ptr<Mailbox>& mailbox)
    : policy_(options, policy, mailbox),
      judge_(judge == nullptr ? nullptr : std::make_unique<JudgeClient>(options, *judge, mailbox)) {}

Client& Clients::of(Asked asked) {
  if (asked == Asked::kPolicy) return policy_;
  return *judge_;
}

std::vector<Client*> Clients::all() {
  if (judge_ == nullptr) return {&policy_};
  return {&policy_, judge_.get()};
}

std::vector<const Client*> Clients::all() const {
  if (judge_ == nullptr) return {&policy_};
  return {&policy_, judge_.get()};
}

void Clients::want(OpenTree& tree) {
  for (const Wanted& wanted : tree.take_new_actions()) policy_.want(wanted);
  for (const Wanted& question : tree.take_new_questions()) judge_->queue().add(question);
}

void Clients::drop(domain::ProblemIndex problem) {
  for (Client* client : all()) client->queue().drop(problem);
}

std::size_t Clients::requests() const {
  std::size_t sum = 0;
  for (const Client* client : all()) sum += client->requests();
  return sum;
}

bool Clients::at_rest() const {
  const auto clients = all();
  return std::all_of(clients.begin(), clients.end(), [](const Client* client) { return client->at_rest(); });
}

bool Clients::outage() const {
  const auto clients = all();
  return std::any_of(clients.begin(), clients.end(),
                     [](const Client* client) { return client->watch().outage().has_value(); });
}

std::uint64_t Clients::awaited() const {
  std::uint64_t sum = 0;
  for (const Client* client : all()) sum += client->watch().outage() ? 0 : client->in_flight();
  return sum;
}

void Clients::wind_down() {
  for (Client* client : all()) client->policy().wind_down();
}

void Clients::stop() {
  for (Client* client : all()) client->policy().stop();
}

}  // namespace viltree::crawl
