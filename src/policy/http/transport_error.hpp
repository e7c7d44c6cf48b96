#pragma once

#include "exchange.hpp"

#include <curl/curl.h>

namespace viltree::http {

/// libcurl's codes fall into the kinds that callers decide on.
[[nodiscard]] TransportErrorKind transport_error_kind(CURLcode code);

}  // namespace viltree::http
