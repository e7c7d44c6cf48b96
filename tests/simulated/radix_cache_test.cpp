#include "radix_cache.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <map>
#include <optional>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::simulated;

namespace {

using Path = std::vector<TokenId>;

/// The same by its definition: every prefix is an entry of its own.
class Reference {
 public:
  explicit Reference(std::size_t capacity) : capacity_(capacity) {}

  std::size_t insert(const Path& path, int pins) {
    ++now_;
    std::size_t added = 0;
    for (std::size_t size = 1; size <= path.size(); ++size) {
      const Path prefix(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(size));
      added += entries_.contains(prefix) ? 0 : 1;
      Entry& entry = entries_[prefix];
      entry.last_use = now_;
      entry.pins += pins;
    }
    evict();
    return added;
  }

  void unpin(const Path& path) {
    for (std::size_t size = 1; size <= path.size(); ++size) {
      --entries_.at(Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(size))).pins;
    }
    evict();
  }

  [[nodiscard]] std::size_t match(const Path& path) const {
    std::size_t size = 0;
    while (size < path.size() &&
           entries_.contains(Path(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(size) + 1)))
      ++size;
    return size;
  }

  [[nodiscard]] std::size_t tokens() const { return entries_.size(); }

 private:
  struct Entry {
    int last_use = 0;
    int pins = 0;
  };

  [[nodiscard]] bool is_leaf(std::map<Path, Entry>::const_iterator entry) const {
    const auto next = std::next(entry);
    return next == entries_.end() || next->first.size() <= entry->first.size() ||
           !std::equal(entry->first.begin(), entry->first.end(), next->first.begin());
  }

  void evict() {
    while (entries_.size() > capacity_) {
      auto oldest = entries_.end();
      for (auto it = entries_.begin(); it != entries_.end(); ++it) {
        if (it->second.pins > 0 || !is_leaf(it)) continue;
        if (oldest == entries_.end() || it->second.last_use < oldest->second.last_use) oldest = it;
      }
      if (oldest == entries_.end()) return;
      entries_.erase(oldest);
    }
  }

  std::size_t capacity_;
  int now_ = 0;
  std::map<Path, Entry> entries_;
};

/// Paths that share beginnings: few different tokens, often an earlier path with another end.
Path random_path(core::Random& random, const std::vector<Path>& earlier) {
  Path path;
  if (!earlier.empty() && random.uniform() < 0.7) {
    path =
        earlier[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(earlier.size()) - 1))];
    path.resize(static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(path.size()))));
  }
  const auto more = random.between(0, 6);
  for (int i = 0; i < more; ++i) path.push_back(static_cast<TokenId>(random.between(1, 3)));
  return path;
}

}  // namespace

TEST_CASE("radix cache: it holds, adds and forgets exactly what its definition says, on random requests") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    core::Random random(seed);
    const auto capacity = static_cast<std::size_t>(random.between(0, 40));
    RadixCache cache(capacity);
    Reference reference(capacity);
    std::vector<Path> paths;
    std::vector<std::pair<Path, RadixCache::Pin>> pinned;
    for (int step = 0; step < 150; ++step) {
      if (!pinned.empty() && random.uniform() < 0.3) {
        const auto at = random.between(0, static_cast<std::int64_t>(pinned.size()) - 1);
        cache.unpin(pinned[static_cast<std::size_t>(at)].second);
        reference.unpin(pinned[static_cast<std::size_t>(at)].first);
        pinned.erase(pinned.begin() + at);
      } else {
        const Path path = random_path(random, paths);
        REQUIRE(cache.match(path) == reference.match(path));
        if (random.uniform() < 0.5) {
          RadixCache::Pin pin;
          REQUIRE(cache.insert(path, pin) == reference.insert(path, 1));
          pinned.emplace_back(path, pin);
        } else {
          REQUIRE(cache.insert(path) == reference.insert(path, 0));
        }
        paths.push_back(path);
      }
      REQUIRE(cache.tokens() == reference.tokens());
      for (const Path& path : paths) REQUIRE(cache.match(path) == reference.match(path));
    }
  }
}

TEST_CASE("radix cache: without a limit, what is new are the edges of the tree of all paths") {
  RadixCache cache(RadixCache::kUnlimited);
  CHECK(cache.insert(Path{1, 2, 3, 4}) == 4);
  CHECK(cache.insert(Path{1, 2, 5}) == 1);
  CHECK(cache.insert(Path{1, 2, 3, 4}) == 0);
  CHECK(cache.insert(Path{2}) == 1);
  CHECK(cache.insert(Path{}) == 0);
  CHECK(cache.tokens() == 6);
  CHECK(cache.match(Path{1, 2, 3, 9}) == 3);
}
