#include "fuzz.hpp"
#include "math/compare.hpp"
#include "math_answer.hpp"

#include <array>

// Two mathematical answers: whatever they say, both are parsed or not, and they are the same or not, the same
// way each time; and the form in which an answer is written does not make it another one.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  constexpr std::array kCommas = {checker::math::Comma::kByGroups, checker::math::Comma::kSeparator,
                                  checker::math::Comma::kDecimal};
  std::string_view input = fuzz::as_text(data, size);
  const std::uint8_t choice = fuzz::take_byte(input);
  const std::string_view line = fuzz::take_line(input);
  if (line.size() > 1024 || input.size() > 1024) return 0;
  const checker::math::Comma comma = kCommas[choice % kCommas.size()];
  const bool parsed = checker::math::parse(line, comma).has_value();
  const bool twice = (choice & 32U) != 0;
  fuzz::promise(!twice || checker::math::parse(line, comma).has_value() == parsed, "parsed twice");
  const auto reference = checker::read_math(line);
  if (!reference) return 0;
  fuzz::promise(checker::same_math(*reference, *reference, {}), "an answer is the same as itself");
  const auto given = checker::read_math(input);
  if (!given) return 0;
  const checker::math::Terms terms{choice > 127 ? 0.01 : 0, 0, (choice & 64U) != 0,
                                   (choice & 16U) != 0 ? 3U : 0U};
  const bool same = checker::same_math(*reference, *given, terms);
  fuzz::promise(!twice || checker::same_math(*reference, *given, terms) == same, "compared twice");
  return 0;
}
