#pragma once

#include "faults.hpp"
#include "http_message.hpp"
#include "reply.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace viltree::simulated {

/// What the fault does to the choices, before they are written.
void spoil_choices(const Fault& fault, Reply& reply);

/// What it does to the written reply: a body, or the events of a stream, and how they are sent.
void spoil_reply(const Fault& fault, HttpReply& reply);

/// The headers that a fault of status 429 or 503 brings, by turns in every form that servers use for "come
/// back later", the last of which is none. `now`: seconds since 1970, for the form with a date.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> retry_headers(const Fault& fault,
                                                                             std::int64_t now);

/// "Sun, 06 Nov 1994 08:49:37 GMT"
[[nodiscard]] std::string http_date(std::int64_t seconds);

}  // namespace viltree::simulated
