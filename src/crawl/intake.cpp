#include "intake.hpp"

#include "storage_value.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include <tbb/parallel_for.h>

namespace viltree::crawl {

void Intake::take(std::vector<Letter> letters) {
  std::erase_if(letters, [this](const Letter& letter) { return !is_answer(letter); });
  std::vector<Received> received = read(std::move(letters));
  parts_.journal.append(received);
  for (const Received& one : received) count(one);
  grow(std::move(received));
}

/// A refusal is one; what was stopped is asked again by another session.
bool Intake::is_answer(const Letter& letter) {
  parts_.spending.give_back(parts_.clients.of(letter.asked).take_back(letter));
  if (letter.result) return true;
  const policy::Uncompleted& end = letter.result.error();
  if (end.why == policy::Uncompleted::Why::kGaveUp) {
    const std::string& problem = parts_.trees.at(letter.problem).problem().id;
    parts_.teller.notice("problem '" + problem + "': " + end.reason);
  }
  return end.refused();
}

std::vector<Received> Intake::read(std::vector<Letter> letters) const {
  std::vector<Received> received(letters.size());
  const std::string policy = parts_.clients.policy().policy().model();
  const std::string judge = parts_.clients.judge() == nullptr ? "" : parts_.clients.judge()->policy().model();
  parts_.arena.execute([&] {
    tbb::parallel_for(std::size_t{0}, letters.size(), [&](std::size_t i) {
      OpenTree& tree = parts_.trees.at(letters[i].problem);
      const std::string& model = letters[i].asked == Asked::kPolicy ? policy : judge;
      received[i] = read_letter(tree, std::move(letters[i]), options_.judge.ask, model);
    });
  });
  return received;
}

void Intake::count(const Received& one) {
  if (const auto* const event = std::get_if<domain::TreeEvent>(&one.record.content)) {
    count_sample(*one.tree, *event);
  } else {
    count_ruling(*one.tree, std::get<domain::Ruling>(one.record.content));
  }
}

void Intake::count_sample(const OpenTree& tree, const domain::TreeEvent& event) {
  parts_.spending.count(event);
  count_undecided(event);
  if (event.refusal)
    parts_.teller.note("refused", {{"problem", tree.problem().id}, {"reason", *event.refusal}});
  parts_.clients.policy().learn(event, tree);
}

/// Told at the first, for it may be all of them, and counted at the end.
void Intake::count_undecided(const domain::TreeEvent& event) {
  if (!options_.search.steps.needs_decisions()) return;
  const bool first = undecided_ == 0;
  undecided_ += static_cast<std::uint64_t>(
      std::count_if(event.rollouts.begin(), event.rollouts.end(), [](const domain::Rollout& rollout) {
        return !rollout.completion.text.empty() && !rollout.completion.decisions;
      }));
  if (!first || undecided_ == 0) return;
  parts_.teller.notice("'" + event.bill.model +
                       "' gave no log-probabilities that fit its text: such completions are cut by line, not "
                       "by entropy");
  parts_.teller.note("no decisions", {{"policy", event.bill.model}});
}

void Intake::count_ruling(const OpenTree& tree, const domain::Ruling& ruling) {
  const bool first = parts_.spending.totals().judge.verdicts().of(domain::Verdict::kFailed) == 0;
  parts_.spending.count(ruling);
  parts_.clients.judge()->learn(ruling);
  if (ruling.verdict != domain::Verdict::kFailed) return;
  parts_.teller.note("no ruling",
                     {{"problem", tree.problem().id}, {"answer", ruling.answer}, {"reply", ruling.reply}});
  if (!first) return;
  parts_.teller.notice(
      "the judge said neither right nor wrong of an answer: its rollouts count as failed, never as wrong "
      "(events.jsonl has its words)");
}

void Intake::grow(std::vector<Received> received) {
  std::map<domain::ProblemIndex, std::vector<Received*>> by_tree;
  for (Received& one : received) by_tree[one.record.problem].push_back(&one);
  std::vector<std::vector<Received*>> groups;
  for (auto& [problem, group] : by_tree) groups.push_back(std::move(group));
  std::vector<core::Status> applied(groups.size());
  parts_.arena.execute([&] {
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
    parts_.spending.count(tree.take_new_verdicts());
    settle(tree);
  }
}

void Intake::settle(OpenTree& tree) {
  parts_.trees.weigh(tree);
  parts_.clients.want(tree);
  if (!tree.finished()) return;
  archive::FinishedTree finished =
      std::move(*parts_.trees.remove(tree.problem().index)).finish(parts_.machines);
  parts_.spending.count_finished(finished.totals);
  parts_.units.finish(std::move(finished));
}

}  // namespace viltree::crawl
