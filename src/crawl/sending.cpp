#include "sending.hpp"

namespace viltree::crawl {

void Sending::send() {
  if (clients_.judge() != nullptr) send(*clients_.judge());
  send(clients_.policy());
}

void Sending::send(Client& client) {
  while (const auto wanted = client.queue().next()) {
    if (!client.has_room_for(wanted->n)) return;
    const OpenTree& tree = trees_.at(wanted->problem);
    const Amount most = client.most(*wanted, tree);
    if (spending_.reserve(most)) {
      client.queue().pop();
      client.send(*wanted, tree, most);
      continue;
    }
    // What is in flight may cost less than it has reserved. If nothing is, there will never be more room.
    if (!clients_.idle()) return;
    give_up(wanted->problem);
  }
}

/// The tree stays in the journal, as far as it has grown.
void Sending::give_up(domain::ProblemIndex problem) {
  clients_.drop(problem);
  trees_.give_up(problem);
}

}  // namespace viltree::crawl
