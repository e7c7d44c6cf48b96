#pragma once

#include "clients.hpp"
#include "open_trees.hpp"
#include "opening.hpp"
#include "spending.hpp"
#include "units.hpp"

#include <viltree/crawl/crawl.hpp>

namespace viltree::crawl {

/// Whether one more tree is opened. Four conditions, all of which must hold. For one thread.
class Admission {
 public:
  /// All of them outlive it. `heeds_kernel`: which kernel a tree grows by makes a difference.
  struct Parts {
    const Clients& clients;
    const OpenTrees& trees;
    const Units& units;
    const Spending& spending;
    bool heeds_kernel;
  };
  Admission(const Options& options, const Parts& parts) : options_(options), parts_(parts) {}

  [[nodiscard]] bool admits(const Next& next) const;
  /// The policy has room that nothing waits for.
  [[nodiscard]] bool room_for(const Next& next) const;
  /// What is open and what is finished, and waits for a straggler of its unit, is not too much.
  [[nodiscard]] bool memory_for(const Next& next) const;
  /// It is decided by which kernel the tree would grow.
  [[nodiscard]] bool kernel_for(const Next& next) const;
  /// It can be paid to its end, as far as can be told.
  [[nodiscard]] bool budget_for(const Next& next) const;

 private:
  const Options& options_;
  Parts parts_;
};

}  // namespace viltree::crawl
