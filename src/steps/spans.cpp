#include "spans.hpp"

#include "tokens.hpp"

#include <unordered_map>
#include <utility>

namespace viltree::steps {

namespace {

constexpr std::size_t kOpenEnd = std::string_view::npos;

/// Goes through the tokens from the last to the first and says where what each one opens would end.
class Partners {
 public:
  explicit Partners(std::size_t text_size) : text_size_(text_size) {}

  /// The end of the span that `token` opens, or kOpenEnd. Call for every token, the last first.
  std::size_t visit(const Token& token) {
    switch (token.kind) {
      case TokenKind::kFence:
        return fence(token);
      case TokenKind::kDollar:
        return dollar(token);
      case TokenKind::kDollars:
        return std::exchange(dollars_, token.end);
      case TokenKind::kOpenSquare:
        return std::exchange(square_, kOpenEnd);
      case TokenKind::kCloseSquare:
        square_ = token.end;
        return kOpenEnd;
      case TokenKind::kOpenRound:
        return std::exchange(round_, kOpenEnd);
      case TokenKind::kCloseRound:
        round_ = token.end;
        return kOpenEnd;
      case TokenKind::kBegin:
        return begin(token);
      case TokenKind::kEnd:
        ends_[token.environment].push_back(token.end);
        return kOpenEnd;
      case TokenKind::kParagraph:
        dollar_ = kOpenEnd;
        return kOpenEnd;
    }
    return kOpenEnd;
  }

 private:
  std::size_t fence(const Token& token) {
    const std::size_t close = fence_ == kOpenEnd ? text_size_ : fence_;
    if (token.may_close) fence_ = token.end;
    return close;
  }

  std::size_t dollar(const Token& token) {
    const std::size_t close = token.may_open ? dollar_ : kOpenEnd;
    if (token.may_close) dollar_ = token.end;
    return close;
  }

  std::size_t begin(const Token& token) {
    const auto open = ends_.find(token.environment);
    if (open == ends_.end() || open->second.empty()) return kOpenEnd;
    const std::size_t close = open->second.back();
    open->second.pop_back();
    return close;
  }

  std::size_t text_size_;
  std::size_t fence_ = kOpenEnd;
  std::size_t dollar_ = kOpenEnd;
  std::size_t dollars_ = kOpenEnd;
  std::size_t square_ = kOpenEnd;
  std::size_t round_ = kOpenEnd;
  std::unordered_map<std::string_view, std::vector<std::size_t>> ends_;
};

}  // namespace

std::vector<Span> protected_spans(std::string_view text) {
  const std::vector<Token> tokens = tokenize(text);
  std::vector<std::size_t> ends(tokens.size());
  Partners partners(text.size());
  for (std::size_t i = tokens.size(); i-- > 0;) ends[i] = partners.visit(tokens[i]);

  std::vector<Span> spans;
  std::size_t outside_from = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (ends[i] == kOpenEnd || tokens[i].at < outside_from) continue;
    spans.push_back({tokens[i].at, ends[i]});
    outside_from = ends[i];
  }
  return spans;
}

}  // namespace viltree::steps
