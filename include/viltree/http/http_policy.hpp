#pragma once

#include <viltree/core/result.hpp>
#include <viltree/http/options.hpp>
#include <viltree/policy/policy.hpp>

#include <memory>
#include <string>
#include <vector>

namespace viltree::http {

/// The dialects that Endpoint::dialect may name, without "auto".
[[nodiscard]] std::vector<std::string> dialect_names();

/// The chat templates that Endpoint::chat_template may name.
[[nodiscard]] std::vector<std::string> chat_template_names();

/// A policy behind OpenAI-compatible servers. Nothing is sent before start(). kInvalidInput where an option
/// is wrong or an API key cannot be read.
///
/// Each sample is drawn from one model, by its seed and the models' weights, so that which server has time
/// changes nothing; it waits while no server of its model can be asked. A tree stays with one server of a
/// model as long as that has room.
///
/// It refuses us (kRefusesUs) where every server of a model does: the key, the address or the model is wrong,
/// or it cannot do what a crawl needs. A failure that may pass is met with more attempts
/// (HttpLimits::retries), and the sample is given up (kGaveUp) where they all failed while others were
/// answered. Results come on the policy's one network thread; stop() must not be called from there.
[[nodiscard]] core::Result<std::unique_ptr<policy::Policy>> make_http_policy(HttpOptions options);

}  // namespace viltree::http
