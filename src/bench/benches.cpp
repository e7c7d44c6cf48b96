#include "benches.hpp"

#include <array>

namespace viltree::bench {

namespace {
constexpr std::array<Bench, 2> kBenches = {{
    {"engine",
     "the crawl without its policy: time per rollout, bytes per rollout, row and node, replay speed",
     run_engine},
    {"http", "rollouts per second over HTTP against the simulator without delay", run_http},
}};
}  // namespace

std::span<const Bench> benches() {
  return kBenches;
}

}  // namespace viltree::bench
