#include "unicode.hpp"

#include <viltree/core/random.hpp>

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;
using namespace viltree::checker;

TEST_CASE("folded: one form for what is written in many") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"x^2 + 1", "x^2 + 1"},
      {"１２．５％", "12.5%"},
      {"（Ｂ）", "(B)"},
      {"٣٫١٤", "3.14"},
      {"१२३", "123"},
      {"𝟏𝟚𝟹", "123"},
      {"𝐁 𝑥", "B x"},
      {"−3 – ‐5", "-3 - -5"},
      {"2½", "2 \\frac{1}{2}"},
      {"½", "\\frac{1}{2}"},
      {"1¹⁄₂", "1 \\frac{1}{2}"},
      {"¹²⁄₂₅", "\\frac{12}{25}"},
      {"3⁄4", "3/4"},
      {"x²", "x^{2}"},
      {"10⁻¹²", "10^{-12}"},
      {"x₁₀", "x_{10}"},
      {"2×3", "2\\times3"},
      {"a×b", "a\\times b"},
      {"a·b", "a\\cdot b"},
      {"6÷2", "6\\div2"},
      {"√12", "\\sqrt{12}"},
      {"√１２", "\\sqrt{12}"},
      {"√2.5x", "\\sqrt{2.5}x"},
      {"√x", "\\sqrt x"},
      {"√(x+1)", "\\sqrt(x+1)"},
      {"√π", "\\sqrt\\pi"},
      {"∛8", "\\sqrt[3]8"},
      {"2πr", "2\\pi r"},
      {"x ≤ 5 ≥ y≠z", "x \\le 5 \\ge y\\ne z"},
      {"≈±∞", "\\approx\\pm\\infty"},
      {"45°", "45^\\circ"},
      {"45°C", "45^\\circ C"},
      {"20℃", "20^\\circ C"},
      {"A∪B∩C", "A\\cup B\\cap C"},
      {"x∈∅", "x\\in\\emptyset"},
      {"x∈ℝ", "x\\in\\mathbb{R}"},
      {"f′ g″", "f' g''"},
      {"“a” ‘b’", "\"a\" 'b'"},
      {"a\xC2\xA0"
       "b\xE2\x80\x89"
       "c\xE3\x80\x80"
       "d",
       "a b c d"},
      {"1\xE2\x80\x8B"
       "2\xEF\xBB\xBF",
       "12"},
      {"Ⓑ ⓑ ⑫ 🄱", "(B) (b) (12) (B)"},
      {"是，否。", "是,否."},
      {"Größe 猫", "Größe 猫"},
      {"5\xFF\xC3", "5\xFF\xC3"},
      {"\xE2\x88", "\xE2\x88"},
      {"\xF5\x80\x80\x80", "\xF5\x80\x80\x80"},
  };
  for (const auto& [text, form] : cases) {
    CAPTURE(text);
    CHECK(folded(text) == form);
    CHECK(folded(form) == form);
  }
}

TEST_CASE("folded: ASCII is not copied") {
  const std::string text = "\\boxed{x^2} \x01";
  std::string scratch = "as it was";
  CHECK(folded(text, scratch).data() == text.data());
  CHECK(scratch == "as it was");
}

TEST_CASE("folded: any bytes, and never much longer") {
  constexpr std::uint64_t kSeed = 4242;
  CAPTURE(kSeed);
  core::Random random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::int64_t left = random.between(0, 24); left > 0; --left) {
      const auto lead = static_cast<char>(random.between(0, 255));
      text += lead;
      if (random.between(0, 1) == 0) text += static_cast<char>(random.between(0x80, 0xBF));
    }
    const std::string form = folded(text);
    REQUIRE(form.size() <= 8 * text.size());
  }
}
