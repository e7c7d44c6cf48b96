#include "fuzz.hpp"

#include <viltree/config/config.hpp>

#include <string>

// Any bytes as a configuration: one that is taken is printed, and what is printed is the same configuration.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const auto config = config::parse(fuzz::as_text(data, size), "/fuzz/fuzz.yaml");
  if (!config) {
    fuzz::promise(!config.error().message.empty(), "an error says something");
    return 0;
  }
  const std::string yaml = config::to_yaml(*config);
  const auto again = config::parse(yaml, "/fuzz/fuzz.yaml");
  fuzz::promise(again.has_value(), "what was printed is taken");
  fuzz::promise(config::to_yaml(*again) == yaml, "it is printed the same");
  fuzz::promise(config::config_hash(*again) == config::config_hash(*config), "its hash is the same");
  return 0;
}
