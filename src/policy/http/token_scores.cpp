#include "token_scores.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD, for what is no character by itself
constexpr std::string_view kBlanks = " \t\r\n";
/// Bytes of the text within which the tokens must be found again: some characters, each of several tokens.
constexpr std::size_t kMostLost = 64;

/// The token's bytes, or else its text; none where it has neither.
std::optional<std::string> spelling(const json::Value& token) {
  const json::Value* bytes = json::find(token, "bytes");
  if (bytes == nullptr || !bytes->is_array()) return json::find_string(token, "token");
  std::string spelled;
  for (const json::Value& byte : *bytes) {
    if (!byte.is_number_unsigned() || byte.get<std::uint64_t>() > 0xFF) return std::nullopt;
    spelled += static_cast<char>(byte.get<std::uint8_t>());
  }
  return spelled;
}

/// Walks a text by its tokens.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  /// False where the text is something else.
  bool step(std::string_view token, double logprob) {
    if (at_ == 0 && !is_here(token))
      token.remove_prefix(std::min(token.find_first_not_of(kBlanks), token.size()));
    const bool found = is_here(token) || is_nearby(token);
    domain::add_decision(decisions_, at_, logprob);
    if (!found) {
      lost_ += token.size();
      return token.find(kReplacement) != std::string_view::npos && lost_ <= kMostLost;
    }
    at_ += std::min(token.size(), text_.size() - at_);
    if (!token.empty()) lost_ = 0;
    return true;
  }

  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  [[nodiscard]] bool is_near_end() const { return text_.size() - at_ <= most_lost(); }
  [[nodiscard]] std::vector<domain::Decision> take() { return std::move(decisions_); }

 private:
  [[nodiscard]] bool is_here(std::string_view token) const {
    const std::string_view rest = text_.substr(at_);
    return rest.starts_with(token) || token.starts_with(rest);
  }

  /// A part of a character may stand for three of its bytes, and another for the fourth.
  [[nodiscard]] std::size_t most_lost() const { return lost_ == 0 ? 0 : lost_ + 1; }

  /// Goes to where the token is, if others were lost before it.
  bool is_nearby(std::string_view token) {
    if (lost_ == 0) return false;
    const std::size_t found = text_.substr(at_, most_lost() + token.size()).find(token);
    if (found == std::string_view::npos) return false;
    at_ += found;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t lost_ = 0;  ///< bytes of the tokens that were not found
  std::vector<domain::Decision> decisions_;
};

}  // namespace

bool TokenScores::add(const json::Value* logprob, std::string_view bytes) {
  if (logprob == nullptr || !logprob->is_number()) return false;
  const auto value = logprob->get<double>();
  sum_ += value;
  bytes_ += bytes;
  tokens_.push_back({bytes_.size(), value});
  return true;
}

bool TokenScores::read(const json::Value& choice) {
  const json::Value* logprobs = json::find(choice, "logprobs");
  if (logprobs == nullptr) return false;
  const json::Value* content = json::find(*logprobs, "content");
  const json::Value* numbers = json::find(*logprobs, "token_logprobs");
  const json::Value* list = content != nullptr ? content : numbers;
  if (list == nullptr || !list->is_array()) return false;
  const json::Value* texts = json::find(*logprobs, "tokens");
  const bool has_texts = texts != nullptr && texts->is_array() && texts->size() == list->size();
  for (std::size_t i = 0; i < list->size(); ++i) {
    std::optional<std::string> bytes;
    if (content != nullptr) {
      bytes = spelling((*list)[i]);
    } else if (has_texts && (*texts)[i].is_string()) {
      bytes = (*texts)[i].get<std::string>();
    }
    spelled_ = spelled_ && bytes.has_value();
    if (!add(content != nullptr ? json::find((*list)[i], "logprob") : &(*list)[i],
             bytes.value_or(std::string())))
      return false;
  }
  return std::isfinite(sum_);
}

std::optional<std::vector<domain::Decision>> TokenScores::decisions(std::string_view text) const {
  if (!spelled_) return std::nullopt;
  Walk walk(text);
  std::size_t begin = 0;
  for (const Token& token : tokens_) {
    if (walk.at_end()) break;
    const std::string_view bytes = std::string_view(bytes_).substr(begin, token.end - begin);
    if (!walk.step(bytes, token.logprob)) return std::nullopt;
    begin = token.end;
  }
  if (!walk.is_near_end()) return std::nullopt;
  return walk.take();
}

}  // namespace viltree::http
