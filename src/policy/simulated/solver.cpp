#include "solver.hpp"

#include <viltree/core/hash.hpp>

#include <algorithm>

namespace viltree::simulated {

namespace {

std::uint64_t pack(std::int32_t high, std::int32_t low) {
  return std::uint64_t{static_cast<std::uint32_t>(high)} << 32U | static_cast<std::uint32_t>(low);
}

}  // namespace

std::size_t StateHash::operator()(const State& state) const {
  const auto flags =
      static_cast<std::uint64_t>(state.started) | static_cast<std::uint64_t>(state.hasty) << 1U |
      static_cast<std::uint64_t>(state.misled) << 2U | static_cast<std::uint64_t>(state.checked) << 3U |
      static_cast<std::uint64_t>(state.done) << 4U;
  return core::mix64(core::mix64(pack(state.item, state.total), pack(state.slip, state.slip_item)), flags);
}

std::string Move::text() const {
  std::string text = fill(*phrasing, *words);
  if (!next.done && !within_line) text += "\n\n";
  return text;
}

std::string fill(std::string_view phrasing, const Words& words) {
  std::string text;
  while (!phrasing.empty()) {
    const auto open = phrasing.find('{');
    text += phrasing.substr(0, open);
    if (open == std::string_view::npos) break;
    phrasing.remove_prefix(open + 1);
    const auto name = phrasing.substr(0, phrasing.find('}'));
    const auto word =
        std::find_if(words.begin(), words.end(), [name](const auto& it) { return it.first == name; });
    if (word == words.end()) {
      text += '{';
    } else {
      text += word->second;
      phrasing.remove_prefix(name.size() + 1);
    }
  }
  return text;
}

void MoveList::add(const Phrasings& phrasings, Words words, double probability, const State& next) {
  if (probability <= 0) return;
  const auto shared = std::make_shared<const Words>(std::move(words));
  const auto count = static_cast<double>(phrasings.size());
  for (std::size_t i = 0; i < phrasings.size(); ++i) {
    const double share = 2 * (count - static_cast<double>(i)) / (count * (count + 1));
    moves_.push_back({probability * share, next, &phrasings[i], shared, false});
  }
}

void MoveList::add_within_line(const std::string& phrasing, Words words, double probability,
                               const State& next) {
  moves_.push_back({probability, next, &phrasing, std::make_shared<const Words>(std::move(words)), true});
}

}  // namespace viltree::simulated
