#include "tokens.hpp"

#include "lines.hpp"

#include <utility>

namespace viltree::steps {

namespace {

constexpr std::size_t kLongestEnvironment = 32;

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<Token> run() {
    line_start(skip_blanks(text_, 0));
    while (at_ < text_.size()) step();
    return std::move(tokens_);
  }

 private:
  void step() {
    switch (text_[at_]) {
      case '\n':
        return newline();
      case '\\':
        return backslash();
      case '$':
        return dollar();
      default:
        ++at_;
    }
  }

  void add(TokenKind kind, std::size_t length) {
    tokens_.push_back({.kind = kind, .at = at_, .end = at_ + length});
    at_ += length;
  }

  [[nodiscard]] char byte(std::size_t at) const { return at < text_.size() ? text_[at] : '\n'; }

  void newline() {
    const std::size_t next = skip_blanks(text_, at_ + 1);
    if (byte(next) == '\n') {
      add(TokenKind::kParagraph, 1);
    } else {
      ++at_;
    }
    line_start(next);
  }

  /// `first` is the line's first byte that is no blank.
  void line_start(std::size_t first) {
    if (text_.substr(first, 3) != "```") return;
    std::size_t end = first;
    while (byte(end) == '`') ++end;
    std::size_t last = end;
    bool bare = true;
    for (; byte(last) != '\n'; ++last) {
      if (byte(last) == '`') return;
      bare = bare && is_blank(byte(last));
    }
    tokens_.push_back({.kind = TokenKind::kFence, .at = first, .end = end, .may_close = bare});
    at_ = end;
  }

  void dollar() {
    if (byte(at_ + 1) == '$') return add(TokenKind::kDollars, 2);
    const char next = byte(at_ + 1);
    const bool after_space = at_ > 0 && is_space(text_[at_ - 1]);
    add(TokenKind::kDollar, 1);
    tokens_.back().may_open = !is_space(next);
    tokens_.back().may_close = !after_space && !(next >= '0' && next <= '9');
  }

  void backslash() {
    switch (byte(at_ + 1)) {
      case '[':
        return add(TokenKind::kOpenSquare, 2);
      case ']':
        return add(TokenKind::kCloseSquare, 2);
      case '(':
        return add(TokenKind::kOpenRound, 2);
      case ')':
        return add(TokenKind::kCloseRound, 2);
      case '\n':
        ++at_;
        return;  // the newline still counts
      default:
        break;
    }
    if (!environment("\\begin{", TokenKind::kBegin) && !environment("\\end{", TokenKind::kEnd)) at_ += 2;
  }

  bool environment(std::string_view command, TokenKind kind) {
    if (text_.substr(at_, command.size()) != command) return false;
    const std::string_view rest = text_.substr(at_ + command.size(), kLongestEnvironment);
    const std::size_t length = rest.find_first_of("{}\\$ \t\r\f\v\n");
    if (length == std::string_view::npos || rest[length] != '}') return false;
    add(kind, command.size() + length + 1);
    tokens_.back().environment = rest.substr(0, length);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
  return Tokenizer(text).run();
}

}  // namespace viltree::steps
