#pragma once

#include "support.hpp"

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// The published procedures once more, recursive, on whole words, one value at a time: slow and obviously
/// right.
namespace viltree::search::test {

class Reference {
 public:
  Reference(WordPolicy policy, std::uint32_t k) : policy_(std::move(policy)), k_(k) {}

  std::map<std::string, double> math_shepherd(std::uint32_t solutions) {
    for (std::uint32_t i = 0; i < solutions; ++i) label_all("", policy_("", i), false);
    return labels_;
  }

  std::map<std::string, double> visualprm(std::uint32_t solutions) {
    for (std::uint32_t i = 0; i < solutions; ++i) label_all("", policy_("", i), true);
    return labels_;
  }

  std::map<std::string, double> omegaprm(std::uint32_t root_rollouts, std::uint32_t searches) {
    add_state("", root_rollouts);
    std::map<std::string, int> times;
    for (std::uint32_t done = 0; done < searches && !pool_.empty(); ++done) {
      const auto best = std::max_element(pool_.begin(), pool_.end(), [&](const auto& a, const auto& b) {
        return priority(a, times, done) < priority(b, times, done);
      });
      const Candidate chosen = *best;
      pool_.erase(best);
      ++times[chosen.state];
      find_error(chosen.state, chosen.word, chosen.state, {chosen.state});
    }
    return labels_;
  }

 private:
  struct Candidate {
    std::string state;
    std::string word;
  };

  static bool ended(const std::string& text) {
    return !text.empty() && (text.back() == 'R' || text.back() == 'W');
  }

  std::optional<double> value(const std::string& prefix, std::uint32_t n) {
    if (ended(prefix)) return prefix.back() == 'R' ? 1.0 : 0.0;
    double right = 0;
    double decided = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::string word = policy_(prefix, i);
      if (!ended(word)) continue;
      ++decided;
      right += word.back() == 'R' ? 1 : 0;
    }
    if (decided == 0) return std::nullopt;
    return right / decided;
  }

  /// Values the steps of `rest` behind `prefix`; a step that was cut off is none.
  void label_all(const std::string& prefix, const std::string& rest, bool stop_at_zero) {
    if (rest.empty() || (rest.size() == 1 && !ended(rest))) return;
    const std::string here = prefix + rest.front();
    const auto v = value(here, k_);
    if (v) labels_[here] = *v;
    if (stop_at_zero && v == 0.0) return;
    label_all(here, rest.substr(1), stop_at_zero);
  }

  double priority(const Candidate& c, std::map<std::string, int>& times, std::uint32_t all) {
    const double q =
        std::pow(0.5, 1.0 - values_.at(c.state)) * std::pow(0.9, static_cast<double>(c.word.size()) / 500);
    return q + 0.125 * std::sqrt(all) / (1 + times[c.state]);
  }

  void add_state(const std::string& prefix, std::uint32_t n) {
    const auto v = value(prefix, n);
    if (!v || *v <= 0 || *v >= 1 || values_.contains(prefix)) return;
    values_[prefix] = *v;
    for (std::uint32_t i = 0; i < n; ++i) {
      if (policy_(prefix, i).back() == 'W') pool_.push_back({prefix, policy_(prefix, i)});
    }
  }

  /// The first error of `word` behind `good`, of which MC > 0 is known (or nothing); `states` lie on the way.
  void find_error(const std::string& good, const std::string& word, const std::string& last_state,
                  std::vector<std::string> states) {
    if (word.size() <= 1) {
      for (std::size_t i = 1; i < states.size(); ++i) {
        if (states[i].size() == states[i - 1].size() + 1) labels_[states[i]] = *value(states[i], k_);
      }
      if (last_state == good) labels_[good + word] = *value(good + word, k_);
      return;
    }
    const std::size_t half = word.size() / 2;
    const std::string middle = good + word.substr(0, half);
    const auto v = value(middle, k_);
    if (v == 0.0) return find_error(good, word.substr(0, half), last_state, states);
    if (!v) return find_error(middle, word.substr(half), last_state, states);
    add_state(middle, k_);
    states.push_back(middle);
    find_error(middle, word.substr(half), middle, states);
  }

  WordPolicy policy_;
  std::uint32_t k_;
  std::map<std::string, double> labels_;
  std::map<std::string, double> values_;
  std::vector<Candidate> pool_;
};

}  // namespace viltree::search::test
