#include "list_items.hpp"
#include "words_rule.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace viltree::checker {

namespace {

constexpr std::size_t kMostItems = 64;

/// Each item of the reference is an answer of its own, compared as what it is.
class ListRule final : public WordsRule {
 public:
  ListRule(std::vector<std::unique_ptr<const Rule>> items, bool ordered)
      : items_(std::move(items)), ordered_(ordered) {}

  [[nodiscard]] bool takes_lists() const override { return true; }

 private:
  [[nodiscard]] std::optional<Reading> compare(std::string_view answer) const override {
    const std::vector<std::string> given = list_items(answer);
    if (given.empty()) return std::nullopt;
    const bool same_size = given.size() == items_.size();
    return Reading{same_size && (ordered_ ? in_order(given) : paired_off(given)), answer};
  }

  static bool is(const Rule& item, const std::string& given) {
    const auto reading = item.read(given, Mark::kBox);
    return reading && reading->right;
  }

  [[nodiscard]] bool in_order(const std::vector<std::string>& given) const {
    return std::equal(items_.begin(), items_.end(), given.begin(),
                      [](const auto& item, const std::string& one) { return is(*item, one); });
  }

  [[nodiscard]] bool paired_off(std::vector<std::string> given) const {
    return std::all_of(items_.begin(), items_.end(), [&](const auto& item) {
      const auto found =
          std::find_if(given.begin(), given.end(), [&](const std::string& one) { return is(*item, one); });
      if (found == given.end()) return false;
      given.erase(found);
      return true;
    });
  }

  std::vector<std::unique_ptr<const Rule>> items_;
  bool ordered_;
};

}  // namespace

std::unique_ptr<const Rule> list_rule(const domain::Problem& problem, const CheckOptions& options) {
  std::vector<std::unique_ptr<const Rule>> rules;
  const std::vector<std::string> items = list_items(problem.answer);
  if (items.empty() || items.size() > kMostItems) return nullptr;
  for (const std::string& item : items) {
    domain::Problem one;
    one.answer = item;
    auto rule = rule_for(one, options);
    if (!rule) return nullptr;
    rules.push_back(std::move(rule));
  }
  return std::make_unique<ListRule>(std::move(rules), options.ordered);
}

}  // namespace viltree::checker
