#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace viltree::simulated {

/// The simulated tokeniser. A token is a run of at most 8 bytes of letters (never cutting a UTF-8 sequence)
/// together with one blank before it; a run of at most 3 digits; a run of newlines; or any other single
/// character. Returns the bytes of the first token; 0 where the text is empty.
[[nodiscard]] std::size_t first_token(std::string_view text);

[[nodiscard]] std::uint32_t count_tokens(std::string_view text);

/// The bytes of the first `limit` tokens.
[[nodiscard]] std::size_t bytes_of_tokens(std::string_view text, std::uint32_t limit);

}  // namespace viltree::simulated
