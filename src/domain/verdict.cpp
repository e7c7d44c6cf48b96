#include <viltree/domain/verdict.hpp>

namespace viltree::domain {

namespace {
constexpr std::array<std::string_view, kVerdictKinds> kVerdictNames = {"right",     "wrong",    "unparsed",
                                                                       "truncated", "filtered", "failed"};
}

std::string_view name(Verdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

std::optional<Verdict> verdict_from(std::string_view name) {
  for (std::size_t i = 0; i < kVerdictKinds; ++i) {
    if (kVerdictNames[i] == name) return static_cast<Verdict>(i);
  }
  return std::nullopt;
}

std::uint32_t Evidence::total() const {
  std::uint32_t sum = 0;
  for (const std::uint32_t count : counts) sum += count;
  return sum;
}

std::optional<double> Evidence::mc() const {
  if (decided() == 0) return std::nullopt;
  return static_cast<double>(of(Verdict::kRight)) / decided();
}

}  // namespace viltree::domain
