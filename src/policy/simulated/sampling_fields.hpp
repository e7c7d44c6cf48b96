#pragma once

#include "completion_request.hpp"
#include "members.hpp"

namespace viltree::simulated {

/// Reads what chat and raw requests have in common: how many, how long, how hot, which seed, streamed or not.
void read_sampling(const ReadingOptions& options, CompletionRequest& request, Members& members);

/// A mistake for every key that would change the reply and is not served, unless its value is neutral.
void refuse_unserved(Members& members);

}  // namespace viltree::simulated
