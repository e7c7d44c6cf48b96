#include "capacity.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace viltree::simulated {

namespace {

std::optional<std::uint32_t> positive(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) return std::nullopt;
  return value;
}

}  // namespace

core::Result<Capacity> Capacity::parse(std::string_view specification) {
  Capacity capacity;
  if (specification.empty()) return capacity;
  const auto wrong = [&] {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "capacity: \"" + std::string(specification) + "\": write N[,N…][:MILLISECONDS]");
  };
  std::string_view steps = specification;
  if (const std::size_t colon = steps.find(':'); colon != std::string_view::npos) {
    const auto step = positive(steps.substr(colon + 1));
    if (!step) return wrong();
    capacity.step_ = std::chrono::milliseconds(*step);
    steps = steps.substr(0, colon);
  }
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = steps.find(',');
    const auto sequences = positive(steps.substr(0, comma));
    if (!sequences) return wrong();
    capacity.steps_.push_back(*sequences);
    if (comma != std::string_view::npos) steps.remove_prefix(comma + 1);
  }
  return capacity;
}

std::uint32_t Capacity::at(Time since_beginning) const {
  return steps_[static_cast<std::size_t>(since_beginning / step_) % steps_.size()];
}

}  // namespace viltree::simulated
