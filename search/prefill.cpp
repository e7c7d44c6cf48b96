#include <viltree/search/prefill.hpp>

#include <algorithm>
#include <vector>

namespace viltree::search {

namespace {

using domain::NodeId;

/// What is known of a node while the tree is swept. Ids grow from the root outwards, so a sweep down the ids
/// meets children first, a sweep up meets parents first.
struct Place {
  std::uint64_t bytes = 0;              ///< of the prefix through it
  std::optional<double> tokens;         ///< of its prompt: of those asked, and of forks
  std::uint32_t branches = 0;           ///< children below which, or at which, something was asked
  NodeId next_asked = domain::kNoNode;  ///< the nearest that was asked, at it or below
  bool asked = false;
};

std::vector<Place> places_of(const Tree& tree) {
  std::vector<Place> places(tree.size());
  for (std::uint32_t id = 1; id < tree.size(); ++id) {
    const Node& node = tree.node(NodeId{id});
    places[id].bytes = places[node.parent.value].bytes + node.text_size;
  }
  return places;
}

/// False where the tokens of a prompt are not known.
bool note_asked(std::vector<Place>& places, std::span<const AskedPrompt> asked) {
  for (const AskedPrompt& prompt : asked) {
    if (!prompt.prompt_tokens) return false;
    Place& place = places[prompt.node.value];
    const double tokens = static_cast<double>(*prompt.prompt_tokens) / std::max(prompt.requests, 1U);
    place.tokens = std::max(place.tokens.value_or(0), tokens);
    place.asked = true;
    place.next_asked = prompt.node;
  }
  return true;
}

void find_branches(const Tree& tree, std::vector<Place>& places) {
  for (auto id = static_cast<std::uint32_t>(tree.size() - 1); id > 0; --id) {
    const NodeId next = places[id].next_asked;
    if (next == domain::kNoNode) continue;
    Place& parent = places[tree.node(NodeId{id}).parent.value];
    ++parent.branches;
    const bool nearer = parent.next_asked == domain::kNoNode ||
                        places[next.value].bytes < places[parent.next_asked.value].bytes;
    if (!parent.asked && nearer) parent.next_asked = next;
  }
}

/// Of a fork between the counted place above it and the nearest asked one below.
double estimate(const Place& fork, const Place& above, const Place& below) {
  const double span = static_cast<double>(below.bytes - above.bytes);
  const double part = span > 0 ? static_cast<double>(fork.bytes - above.bytes) / span : 0;
  const double from = above.tokens.value_or(0);
  return from + (*below.tokens - from) * part;
}

}  // namespace

std::optional<std::uint64_t> prefill_bound(const Tree& tree, std::span<const AskedPrompt> asked) {
  std::vector<Place> places = places_of(tree);
  if (!note_asked(places, asked)) return std::nullopt;
  find_branches(tree, places);
  const Place outside;                                       // nothing is above the root
  std::vector<const Place*> above(places.size(), &outside);  // the nearest that counts, not the node itself
  double sum = 0;
  for (std::uint32_t id = 0; id < places.size(); ++id) {
    Place& place = places[id];
    if (id > 0) {
      const std::uint32_t parent = tree.node(NodeId{id}).parent.value;
      above[id] = places[parent].tokens ? &places[parent] : above[parent];
    }
    const bool is_fork = !place.asked && place.branches > 1;
    if (is_fork) place.tokens = estimate(place, *above[id], places[place.next_asked.value]);
    if (place.tokens) sum += std::max(0.0, *place.tokens - above[id]->tokens.value_or(0));
  }
  return static_cast<std::uint64_t>(sum + 0.5);
}

std::optional<std::uint64_t> prefill_computed(std::span<const AskedPrompt> asked) {
  std::uint64_t sum = 0;
  for (const AskedPrompt& prompt : asked) {
    if (!prompt.prompt_tokens || !prompt.cached_tokens) return std::nullopt;
    sum += *prompt.prompt_tokens - std::min(*prompt.prompt_tokens, *prompt.cached_tokens);
  }
  return sum;
}

}  // namespace viltree::search
