#pragma once

#include <viltree/json/value.hpp>

#include <string>
#include <vector>

namespace viltree::http {

/// The keys of a request that a server does not know, or does not take from anybody; none where its error
/// says nothing of that. Not trusted. They are where pydantic lists its errors (`detail`, also within
/// `message`: "extra_forbidden" at ["body", KEY]), in OpenAI's `param`, or in words: "unknown field `KEY`",
/// "Unrecognized request argument supplied: KEY", "property 'KEY' is unsupported", "KEY: Extra inputs are not
/// permitted". What a message of a chat has in it is none of them.
[[nodiscard]] std::vector<std::string> unknown_keys_of(const json::Value& error);

}  // namespace viltree::http
