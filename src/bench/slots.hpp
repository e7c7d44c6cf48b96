#pragma once

#include <viltree/core/mutex.hpp>
#include <viltree/http/options.hpp>
#include <viltree/policy/policy.hpp>
#include <viltree/simulated/server.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace viltree::bench {

inline constexpr double kLengthSigma = 0.8;        // one in a hundred takes six times as long as most
inline constexpr double kTokensOfSequence = 260;   // of the built-in problems, on average
inline constexpr double kRolloutsOfProblem = 340;  // with visualprm

/// Tokens of one sequence a second, so that the simulator can do so many slots beside the client.
[[nodiscard]] double token_rate(std::uint32_t slots);

/// A simulator's options with so many slots at that rate, and lengths that differ as those of models do.
[[nodiscard]] simulated::ServerOptions server_options(std::uint32_t slots, std::uint64_t seed);

/// `in_flight`: sequences at once; 0: found by trying.
[[nodiscard]] http::HttpOptions client_options(const simulated::SimulatorServer& server,
                                               std::uint32_t in_flight);

/// As many sequences at the server as it has slots, each alone, all of them first steps, which wait for
/// nothing.
class FlatLoop {
 public:
  FlatLoop(policy::Policy& policy, std::uint32_t slots, std::uint64_t sequences);

  /// Returns when the last is sent: what is then under way is no steady state any more.
  void run();

 private:
  void ask();

  policy::Policy& policy_;
  std::uint32_t slots_;
  std::vector<std::shared_ptr<const policy::Prompt>> prompts_;
  core::Mutex mutex_;
  core::Condition done_;
  std::uint64_t left_ VILTREE_GUARDED_BY(mutex_);
};

}  // namespace viltree::bench
