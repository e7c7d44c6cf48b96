#include "benches.hpp"

#include <array>

namespace viltree::bench {

namespace {
constexpr std::array<Bench, 8> kBenches = {{
    {"engine",
     "the crawl without its policy: time per rollout, bytes per rollout, row and node, replay speed",
     run_engine},
    {"client",
     "processor time of a request, without and with an image, next to wrk's where that is installed",
     run_client},
    {"saturation", "how busy a crawl keeps 8 to 4,096 slots, next to a flat closed loop", run_saturation,
     kUsualProblems, false, true},
    {"prefix", "prompt tokens that a server computes, next to the least possible, by the size of its cache",
     run_prefix},
    {"http", "rollouts per second over HTTP against the simulator without delay", run_http},
    {"journal",
     "what it costs to keep answers, with normal and strict durability, next to plain appends with the same "
     "syncs",
     run_journal},
    {"check",
     "responses that the answer checker reads per second and core, and texts that are made to be slow",
     run_check},
    {"labels", "what each strategy's labels cost and how good they are, on policies whose truth is known",
     run_labels, 60, true},
}};
}  // namespace

std::span<const Bench> benches() {
  return kBenches;
}

}  // namespace viltree::bench
