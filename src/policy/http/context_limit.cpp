#include "context_limit.hpp"

#include <viltree/core/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

namespace viltree::http {

namespace {

constexpr std::uint64_t kTooLarge = ~std::uint64_t{0};
constexpr std::size_t kNear = 40;  // bytes between a word and its number

struct Number {
  std::uint64_t value;
  std::size_t begin;
  std::size_t end;
};

/// Whole numbers of a message, "131,072" among them, but for parts of names and decimals.
std::vector<Number> numbers_of(std::string_view text) {
  const auto is_digit = [&](std::size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '9';
  };
  const auto is_of_name = [&](std::size_t at) {
    return at < text.size() && ((text[at] >= 'a' && text[at] <= 'z') || text[at] == '_' || text[at] == '-');
  };
  std::vector<Number> numbers;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_digit(at)) {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    std::string digits;
    while (is_digit(at)) {
      digits += text[at++];
      const bool thousands = at < text.size() && text[at] == ',' && is_digit(at + 1) && is_digit(at + 2) &&
                             is_digit(at + 3) && !is_digit(at + 4);
      if (thousands) ++at;
    }
    const bool decimal = at < text.size() && text[at] == '.' && is_digit(at + 1);
    const bool fraction = begin > 1 && text[begin - 1] == '.' && is_digit(begin - 2);
    if (decimal || fraction || is_of_name(at) || (begin > 0 && is_of_name(begin - 1))) continue;
    Number number{kTooLarge, begin, at};
    const auto end = digits.data() + digits.size();
    if (std::from_chars(digits.data(), end, number.value).ec != std::errc{}) number.value = kTooLarge;
    numbers.push_back(number);
  }
  return numbers;
}

/// The number that follows one of the phrases closely.
template <std::size_t N>
std::optional<std::uint64_t> after(std::string_view text, const std::vector<Number>& numbers,
                                   const std::array<std::string_view, N>& phrases) {
  for (const std::string_view phrase : phrases) {
    const std::size_t at = text.find(phrase);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + phrase.size();
    for (const Number& number : numbers) {
      if (number.begin >= end && number.begin <= end + kNear) return number.value;
    }
  }
  return std::nullopt;
}

/// The number that stands right before one of the phrases.
template <std::size_t N>
std::optional<std::uint64_t> before(std::string_view text, const std::vector<Number>& numbers,
                                    const std::array<std::string_view, N>& phrases) {
  for (const Number& number : numbers) {
    std::string_view rest = text.substr(number.end);
    rest.remove_prefix(std::min(rest.find_first_not_of(" `'\""), rest.size()));
    const auto is_next = [&](std::string_view phrase) { return rest.starts_with(phrase); };
    if (std::any_of(phrases.begin(), phrases.end(), is_next)) return number.value;
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 5> kWindow = {"context length", "context window", "context size",
                                                     "max_new_tokens` must be <=", "max_model_len"};
constexpr std::array<std::string_view, 9> kPrompt = {
    "in the messages",       "in the prompt",          "input tokens",
    "tokens from the input", "tokens in the prompt",   "inputs",
    "prompt tokens",         "tokens in the messages", "in the input"};
constexpr std::array<std::string_view, 3> kTotal = {"requested a total of", "you requested",
                                                    "requested about"};

}  // namespace

bool is_about_context(std::string_view message) {
  const std::string text = core::ascii_lower(message);
  for (const char* code : {"exceed_context", "context_length_exceeded"}) {
    if (text.find(code) != std::string::npos) return true;
  }
  return context_limit_of(message, 0).has_value();
}

std::optional<ContextLimit> context_limit_of(std::string_view message, std::uint32_t max_tokens) {
  const std::string text = core::ascii_lower(message);
  const auto numbers = numbers_of(text);
  const auto window = after(text, numbers, kWindow);
  if (!window || *window == kTooLarge) return std::nullopt;
  if (const auto prompt = before(text, numbers, kPrompt)) return ContextLimit{*window, *prompt};
  const auto total = after(text, numbers, kTotal);
  if (total && *total > max_tokens) return ContextLimit{*window, *total - max_tokens};
  return std::nullopt;
}

}  // namespace viltree::http
