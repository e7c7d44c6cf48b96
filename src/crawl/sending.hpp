#pragma once

#include "clients.hpp"
#include "open_trees.hpp"
#include "spending.hpp"

namespace viltree::crawl {

/// Sends what waits, as far as policies and budget have room. For one thread.
class Sending {
 public:
  /// All of them outlive it.
  Sending(Clients& clients, OpenTrees& trees, Spending& spending)
      : clients_(clients), trees_(trees), spending_(spending) {}

  /// The judge's first: what it says may let a tree go on.
  void send();

 private:
  void send(Client& client);
  void give_up(domain::ProblemIndex problem);

  Clients& clients_;
  OpenTrees& trees_;
  Spending& spending_;
};

}  // namespace viltree::crawl
