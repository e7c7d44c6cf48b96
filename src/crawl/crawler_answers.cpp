#include "crawler.hpp"
#include "storage_value.hpp"

#include <viltree/core/fatal.hpp>

#include <algorithm>
#include <utility>

#include <tbb/parallel_for.h>

namespace viltree::crawl {

using core::ExitCode;
using core::FatalError;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kWait{100};  // for a first answer
constexpr milliseconds kLinger{4};  // for more of them, which share a frame
constexpr std::size_t kEnoughAnswers = 16;

}  // namespace

/// How long the turn may wait for a first answer.
Crawler::Duration Crawler::patience_of_turn() const {
  return !idle() || outage() ? kWait : Duration{0};
}

void Crawler::take_answers() {
  if (idle() && units_.busy() && !may_open()) units_.wait_for(milliseconds(10));
  const std::size_t enough = std::clamp<std::size_t>(requests() / 4, 1, kEnoughAnswers);
  // While there is room to fill, nothing is gained by waiting.
  const bool room = may_open();
  const Duration patience = room ? Duration{0} : patience_of_turn();
  auto letters = mailbox_->take(parts_.clock, patience, room ? milliseconds(0) : kLinger, enough);
  if (!letters.empty()) keep_answers(std::move(letters));
  end_if_refused();
}

/// A refusal is one; what was stopped is asked again by another session.
bool Crawler::is_answer(const Letter& letter) {
  budget_.give_back(client_of(letter.asked).take_back(letter));
  if (letter.result) return true;
  const policy::Uncompleted& end = letter.result.error();
  if (end.why == policy::Uncompleted::Why::kGaveUp)
    parts_.observer.notice("problem '" + open_.at(letter.problem)->problem().id + "': " + end.reason);
  return end.refused();
}

/// Step 4: read in parallel, journal, and only then apply.
void Crawler::keep_answers(std::vector<Letter> letters) {
  std::erase_if(letters, [this](const Letter& letter) { return !is_answer(letter); });
  std::vector<Received> received(letters.size());
  std::vector<std::string> models;
  for (const auto& client : clients_) models.push_back(client->policy().model());
  arena_.execute([&] {
    tbb::parallel_for(std::size_t{0}, letters.size(), [&](std::size_t i) {
      OpenTree& tree = *open_.at(letters[i].problem);
      const std::string& model = letters[i].asked == Asked::kPolicy ? models.front() : models.back();
      received[i] = read_letter(tree, std::move(letters[i]), options_.judge.ask, model);
    });
  });
  journal(received);
  for (const Received& one : received) count(one);
  grow(std::move(received));
}

/// After the answers that came with the refusal were kept.
void Crawler::end_if_refused() const {
  for (const auto& client : clients_) {
    if (client->refused()) throw FatalError(ExitCode::kPolicy, *client->refused());
  }
}

/// Told at the first, for it may be all of them, and counted at the end.
void Crawler::count_undecided(const domain::TreeEvent& event) {
  if (!options_.search.steps.needs_decisions()) return;
  const bool first = undecided_ == 0;
  undecided_ += static_cast<std::uint64_t>(
      std::count_if(event.rollouts.begin(), event.rollouts.end(), [](const domain::Rollout& rollout) {
        return !rollout.completion.text.empty() && !rollout.completion.decisions;
      }));
  if (!first || undecided_ == 0) return;
  parts_.observer.notice(
      "'" + event.bill.model +
      "' gave no log-probabilities that fit its text: such completions are cut by line, not "
      "by entropy");
  note("no decisions", {{"policy", event.bill.model}});
}

void Crawler::count(const Received& one) {
  if (const auto* const event = std::get_if<domain::TreeEvent>(&one.record.content)) {
    count_sample(*one.tree, *event);
  } else {
    count_ruling(*one.tree, std::get<domain::Ruling>(one.record.content));
  }
}

/// Its verdicts count when it is applied: some may wait for the judge.
void Crawler::count_sample(const OpenTree& tree, const domain::TreeEvent& event) {
  totals_.add_cost(event);
  count_undecided(event);
  if (event.refusal) note("refused", {{"problem", tree.problem().id}, {"reason", *event.refusal}});
  const std::size_t n = event.rollouts.size();
  one_request_each_ = one_request_each_ || (n > 1 && event.bill.requests >= n);
  if (!budget_.limits_money() || !event.bill.usage.prompt_tokens) return;
  const std::uint64_t bytes = tree.prefix(event.ticket).size();
  policy_client().prompts().saw(bytes, *event.bill.usage.prompt_tokens / event.bill.requests,
                                tree.root_prompt_tokens());
}

void Crawler::count_ruling(const OpenTree& tree, const domain::Ruling& ruling) {
  const bool first = totals_.judge.verdicts().of(domain::Verdict::kFailed) == 0;
  totals_.judge.add(ruling);
  if (ruling.bill.usage.prompt_tokens)
    client_of(Asked::kJudge)
        .prompts()
        .saw(0, *ruling.bill.usage.prompt_tokens / ruling.bill.requests, std::nullopt);
  if (ruling.verdict != domain::Verdict::kFailed) return;
  note("no ruling", {{"problem", tree.problem().id}, {"answer", ruling.answer}, {"reply", ruling.reply}});
  if (!first) return;
  parts_.observer.notice(
      "the judge said neither right nor wrong of an answer: its rollouts count as failed, never as wrong "
      "(events.jsonl has its words)");
}

void Crawler::journal(const std::vector<Received>& received) {
  std::uint64_t segment = 0;
  for (const auto& group : journal_groups(received)) {
    const std::uint64_t written = storage_value(journal_->append(group));
    segment = segment == 0 ? written : segment;
  }
  for (const Received& one : received)
    first_segments_.try_emplace(units_.unit_of(one.record.problem), segment);
}

void Crawler::grow(std::vector<Received> received) {
  std::map<domain::ProblemIndex, std::vector<Received*>> by_tree;
  for (Received& one : received) by_tree[one.record.problem].push_back(&one);
  std::vector<std::vector<Received*>> groups;
  for (auto& [problem, group] : by_tree) groups.push_back(std::move(group));
  std::vector<core::Status> applied(groups.size());
  arena_.execute([&] {
    tbb::parallel_for(std::size_t{0}, groups.size(), [&](std::size_t i) {
      for (Received* one : groups[i]) {
        const auto apply = [&](auto&& content) { return one->tree->apply(std::move(content)); };
        if (applied[i]) applied[i] = std::visit(apply, std::move(one->record.content));
      }
    });
  });
  for (std::size_t i = 0; i < groups.size(); ++i) {
    storage_value(std::move(applied[i]));
    OpenTree& tree = *groups[i].front()->tree;
    totals_.verdicts.add(tree.take_new_verdicts());
    weigh(tree);
    want(tree);
    if (tree.finished()) finish(tree);
  }
}

}  // namespace viltree::crawl
