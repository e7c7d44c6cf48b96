#pragma once

#include <viltree/search/strategy.hpp>

#include <cstdint>
#include <memory>

namespace viltree::search {

/// The numbers of OmegaPRM's search; see the class in omegaprm.cpp.
struct OmegaPrmOptions {
  double alpha = 0;
  double beta = 0;
  double length_scale = 0;
  double c_puct = 0;
  std::uint32_t root_rollouts = 0;
  std::uint32_t rollouts = 0;  ///< at every other state
  std::uint32_t searches = 0;
  std::uint32_t max_rollouts = 0;  ///< no search begins once the tree has so many; 0: no limit
};

/// From the constants that all strategies of this family have; `rollouts` is the root's number too.
[[nodiscard]] OmegaPrmOptions omegaprm_options(const Constants& constants);

[[nodiscard]] std::unique_ptr<Strategy> make_omegaprm(const OmegaPrmOptions& options);

}  // namespace viltree::search
