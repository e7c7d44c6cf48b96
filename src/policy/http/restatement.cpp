#include "restatement.hpp"

#include "cut_out.hpp"

#include <viltree/core/text.hpp>
#include <viltree/policy/reprompt.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace viltree::http {

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;
constexpr std::string_view kWhite = " \t\r\n";
/// Fewer bytes that are no blanks may be what a solution says twice.
constexpr std::size_t kLeastRestated = 12;
constexpr std::size_t kMostRounds = 8;
constexpr std::size_t kLongestPreamble = 160;
constexpr std::size_t kLeastOfTag = 5;  // bytes of one that the limit of tokens cut off

std::string_view open_tag() {
  return policy::kRepromptHead.substr(policy::kRepromptHead.rfind('<'));
}

/// What stands before the tag.
std::string_view instruction() {
  return core::trim(policy::kRepromptHead.substr(0, policy::kRepromptHead.rfind('<')));
}

bool is_white(char c) {
  return kWhite.find(c) != kNowhere;
}

bool is_emphasis(char c) {
  return c == '*' || c == '#' || c == '`' || c == '_';
}

bool ends_clause(char c) {
  return c == '.' || c == ',' || c == ':' || c == ';' || c == '!' || c == '?';
}

bool is_decimal(char c) {
  return c >= '0' && c <= '9';
}

std::size_t skip_white(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kWhite, at), text.size());
}

bool has_any(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.find(word) != kNowhere; });
}

bool begins_with_any(std::string_view text, const auto& words) {
  return std::any_of(words.begin(), words.end(),
                     [text](std::string_view word) { return text.starts_with(word); });
}

/// A sentence that does so is likely a step, however it begins.
bool calculates(std::string_view sentence) {
  return sentence.find_first_of("0123456789=+*/<>^$\\") != kNowhere;
}

/// Whether a text's first words, to their last mark, talk to who asked, and not of the problem.
bool is_preamble(std::string_view words) {
  constexpr std::array<std::string_view, 7> kPolite = {"sure", "certainly", "of course", "absolutely",
                                                       "okay", "ok",        "understood"};
  constexpr std::array<std::string_view, 7> kShowing = {
      "here is",          "here's",       "here\xE2\x80\x99s",    "below is",
      "the continuation", "continuation", "continuing from where"};
  constexpr std::array<std::string_view, 7> kTopics = {
      "continuation",         "continue", "continuing", "unfinished",
      "rest of the solution", "left off", "comes next"};
  const std::string text = core::ascii_lower(words);
  const char mark = text.back();
  for (const std::string_view word : kPolite) {
    if (text.starts_with(word) && ends_clause(text[word.size()]))
      return (has_any(text, kTopics) && (mark != '.' || !calculates(text))) ||
             (mark == '!' && text.size() == word.size() + 1);
  }
  return mark == ':' && begins_with_any(text, kShowing) && has_any(text, kTopics);
}

/// Behind the first words of a text where they are a preamble, else `begin`.
std::size_t preamble_end(std::string_view text, std::size_t begin) {
  std::size_t from = begin;
  while (from < text.size() && is_emphasis(text[from])) ++from;
  const std::string_view window = text.substr(from, kLongestPreamble);
  const std::size_t mark = window.find_first_of(":.!\n");
  if (mark == kNowhere || mark == 0 || window[mark] == '\n') return begin;
  if (!is_preamble(window.substr(0, mark + 1))) return begin;
  std::size_t end = from + mark + 1;
  while (end < text.size() && is_emphasis(text[end])) ++end;
  return end < text.size() && !is_white(text[end]) ? begin : end;
}

/// For each beginning of `text`, by its length, the longest shorter one with which it ends.
std::vector<std::size_t> failures_of(std::string_view text) {
  std::vector<std::size_t> failures(text.size() + 1, 0);
  for (std::size_t i = 1, matched = 0; i < text.size(); ++i) {
    while (matched > 0 && text[i] != text[matched]) matched = failures[matched];
    if (text[i] == text[matched]) ++matched;
    failures[i + 1] = matched;
  }
  return failures;
}

/// The lengths of the beginnings of `text` with which `prefix` ends, the longest first.
std::vector<std::size_t> overlaps(std::string_view prefix, std::string_view text) {
  if (text.empty()) return {};
  const auto failures = failures_of(text);
  std::size_t matched = 0;
  for (const char c : prefix) {
    while (matched > 0 && (matched == text.size() || text[matched] != c)) matched = failures[matched];
    if (text[matched] == c) ++matched;
  }
  std::vector<std::size_t> lengths;
  for (; matched > 0; matched = failures[matched]) lengths.push_back(matched);
  return lengths;
}

std::size_t common_head(std::string_view a, std::string_view b) {
  const std::size_t most = std::min(a.size(), b.size());
  return static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(most), b.begin()).first - a.begin());
}

}  // namespace

Restatement::Bare Restatement::bare(std::string_view text, std::size_t most) {
  Bare bare;
  for (std::size_t i = 0; i < text.size() && bare.bytes.size() < most; ++i) {
    if (is_white(text[i]) || is_emphasis(text[i])) continue;
    bare.bytes += text[i];
    bare.places.push_back(i);
  }
  return bare;
}

Restatement::Numbered Restatement::number_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && (is_white(line[at]) || is_emphasis(line[at]))) ++at;
  const bool titled = core::ascii_lower(line.substr(at, 5)) == "step ";
  if (titled) at += 5;
  const std::size_t digits = at;
  std::uint32_t number = 0;
  for (; at < line.size() && is_decimal(line[at]) && at - digits < 4; ++at)
    number = 10 * number + static_cast<std::uint32_t>(line[at] - '0');
  if (at == digits) return {};
  const bool marked = at < line.size() && (line[at] == '.' || line[at] == ':' || line[at] == ')');
  const bool whole = !marked || at + 1 == line.size() || is_white(line[at + 1]) || is_emphasis(line[at + 1]);
  if (!whole || (!marked && !titled)) return {};
  return {number, marked ? at + 1 : at};
}

Restatement::Line Restatement::line_of(std::string_view text) {
  const Numbered numbered = number_of(text);
  Line line{numbered.number, bare(text.substr(numbered.end), kNowhere).bytes, false};
  const std::string_view words = core::trim(text);
  line.heads =
      !line.number && !line.body.empty() &&
      (line.body.back() == ':' || words.front() == '#' || (words.starts_with("**") && words.ends_with("**")));
  if (!line.body.empty() && ends_clause(line.body.back())) line.body.pop_back();
  return line;
}

std::vector<Restatement::Line> Restatement::lines_of(std::string_view text, std::size_t most) {
  std::vector<Line> lines;
  for (std::size_t at = skip_white(text, 0); at < text.size() && lines.size() < most;) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(line_of(text.substr(at, end - at)));
    at = skip_white(text, end);
  }
  return lines;
}

Restatement::Restatement(std::string_view prefix)
    : prefix_(prefix),
      has_tags_(prefix.find(open_tag()) != kNowhere || prefix.find(policy::kRepromptTail) != kNowhere),
      ends_with_blank_(is_white(prefix.back())),
      bare_(bare(prefix, kNowhere)),
      lines_(lines_of(prefix, kNowhere)) {
  if (ends_with_blank_ && !bare_.bytes.empty() && ends_clause(bare_.bytes.back())) {
    bare_.bytes.pop_back();
    bare_.places.pop_back();
  }
  find_borders();
  find_open_list();
}

/// Headlines and numbers that go down begin a list anew.
void Restatement::find_open_list() {
  std::optional<std::uint32_t> last;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    if (line.heads) {
      open_list_ = i + 1;
      last.reset();
    }
    if (!line.number) continue;
    if (last && *line.number <= *last) open_list_ = i;
    last = line.number;
  }
}

void Restatement::find_borders() {
  borders_.resize(bare_.bytes.size());
  std::size_t before = 0;  // behind the bare byte before
  for (std::size_t i = 0; i < borders_.size(); ++i) {
    const std::string_view between = prefix_.substr(before, bare_.places[i] - before);
    const bool begins_line = i == 0 || between.find('\n') != kNowhere;
    const bool begins_sentence = i > 0 && ends_clause(bare_.bytes[i - 1]) && !between.empty();
    if (begins_line || begins_sentence) borders_[i] = true;
    if (begins_line) {
      // A restatement may leave the number away.
      const std::size_t number = number_of(prefix_.substr(bare_.places[i], kLongestPreamble)).end;
      const auto behind =
          std::lower_bound(bare_.places.begin(), bare_.places.end(), bare_.places[i] + number);
      if (number > 0 && behind != bare_.places.end())
        borders_[static_cast<std::size_t>(behind - bare_.places.begin())] = true;
    }
    before = bare_.places[i] + 1;
  }
}

/// The blanks around a tag go with it, but for those that part what stands before it from what follows.
void Restatement::take_words_off(domain::Completion& completion) const {
  const std::string& text = completion.text;
  if (const std::size_t begin = skip_white(text, 0);
      std::string_view(text).substr(begin).starts_with(instruction()))
    cut_out(completion, 0, skip_white(text, begin + instruction().size()));
  for (const std::string_view tag : {open_tag(), policy::kRepromptTail}) {
    for (std::size_t at = 0; (at = text.find(tag, at)) != kNowhere;) {
      std::size_t begin = at;
      std::size_t end = at + tag.size();
      if (begin == 0 ? ends_with_blank_ : is_white(text[begin - 1])) end = skip_white(text, end);
      if (skip_white(text, end) == text.size()) {
        end = text.size();
        while (begin > 0 && is_white(text[begin - 1])) --begin;
      }
      cut_out(completion, begin, end);
      at = begin;
    }
  }
  if (completion.finish != domain::FinishReason::kLength) return;
  const std::string_view tag = policy::kRepromptTail;
  for (std::size_t size = tag.size() - 1; size >= kLeastOfTag; --size) {
    if (text.ends_with(tag.substr(0, size))) return cut_out(completion, text.size() - size, text.size());
  }
}

bool Restatement::take_preamble_off(domain::Completion& completion) const {
  const std::size_t begin = skip_white(completion.text, 0);
  const std::size_t end = preamble_end(completion.text, begin);
  if (end == begin) return false;
  cut_out(completion, 0, skip_white(completion.text, end));
  return true;
}

/// Where the text goes on behind what it restated up to `end`; none where it goes on within that.
std::optional<std::size_t> Restatement::end_of_restated(std::string_view text, std::size_t end) const {
  if (!ends_with_blank_) return end;
  while (end < text.size() && (ends_clause(text[end]) || is_emphasis(text[end]))) ++end;
  if (end < text.size() && !is_white(text[end])) return std::nullopt;
  return skip_white(text, end);
}

bool Restatement::take_prefix_off(domain::Completion& completion) const {
  const Bare said = bare(completion.text, bare_.bytes.size());
  for (const std::size_t length : overlaps(bare_.bytes, said.bytes)) {
    if (length < kLeastRestated) return false;
    if (!borders_[bare_.bytes.size() - length]) continue;
    if (const auto end = end_of_restated(completion.text, said.places[length - 1] + 1)) {
      cut_out(completion, 0, *end);
      return true;
    }
  }
  return false;
}

/// With the same number the same beginning, in a list that is over all of it, or the same words under a
/// number that is no later one.
bool Restatement::begins_like_a_line(const Line& line) const {
  const auto is_again = [&](const Line& known) {
    return known.body == line.body && (!known.number || !line.number || *line.number <= *known.number);
  };
  if (line.body.size() >= kLeastRestated && (is_again(lines_.front()) || is_again(lines_.back())))
    return true;
  return line.number && std::any_of(lines_.begin(), lines_.end(), [&](const Line& known) {
           const std::size_t common = common_head(known.body, line.body);
           const std::size_t shorter = std::min(known.body.size(), line.body.size());
           const bool open = &known - lines_.data() >= static_cast<std::ptrdiff_t>(open_list_);
           return known.number == line.number && common >= kLeastRestated &&
                  (open ? 4 * common >= 3 * shorter : common == shorter);
         });
}

bool Restatement::begins_again(std::string_view text) const {
  if (lines_.empty()) return false;
  const auto said = lines_of(text, 2);
  if (said.empty()) return false;
  if (begins_like_a_line(said.front())) return true;
  if (said.size() < 2) return false;
  const auto is_same = [](const Line& a, const Line& b) {
    return a.body.size() >= kLeastRestated && a.body == b.body && a.number == b.number;
  };
  if (is_same(said[1], lines_.front())) return true;
  return lines_.size() > 1 && is_same(said[1], lines_[1]) &&
         common_head(said.front().body, lines_.front().body) >= kLeastRestated;
}

Restatement::Mended Restatement::mend(domain::Completion& completion) const {
  Mended mended;
  const std::size_t size = completion.text.size();
  if (!has_tags_) take_words_off(completion);
  for (std::size_t round = 0; round < kMostRounds; ++round) {
    if (!take_preamble_off(completion) && !take_prefix_off(completion)) break;
  }
  mended.stripped = completion.text.size() != size;
  const Bare left = bare(completion.text, bare_.bytes.size() + 1);
  const bool nothing_left = mended.stripped && left.bytes.empty();
  const bool a_part = left.bytes.size() >= kLeastRestated && bare_.bytes.starts_with(left.bytes);
  if (nothing_left || a_part) {
    mended.rejected = "a completion that repeats what it should go on from, and does not go on";
  } else if (begins_again(completion.text)) {
    mended.rejected = "a completion that begins what it should go on from again, and differently";
  }
  return mended;
}

Restated take_restatements_off(ParsedReply& reply, std::string_view prefix) {
  const Restatement restatement(prefix);
  Restated restated;
  std::erase_if(reply.choices, [&](Choice& choice) {
    if (choice.completion.finish == domain::FinishReason::kFilter) return false;
    auto mended = restatement.mend(choice.completion);
    if (mended.rejected) {
      restated.rejected.push_back({choice.index, *std::move(mended.rejected)});
    } else if (mended.stripped) {
      ++restated.stripped;
    }
    return mended.rejected.has_value();
  });
  return restated;
}

}  // namespace viltree::http
