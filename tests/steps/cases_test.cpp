#include <viltree/steps/splitter.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

using Steps = std::vector<std::string>;

Steps cut(const steps::SplitterOptions& options, std::string_view text, std::size_t steps_before = 0) {
  const auto splitter = steps::make_splitter(options);
  REQUIRE(splitter);
  domain::Completion completion;
  completion.text = text;
  const auto views = (*splitter)->split(completion, steps_before);
  return {views.begin(), views.end()};
}

struct Scored {
  const char* token;
  double nats;  ///< minus its log-probability
};

/// The tokens' text, cut by entropy.
Steps cut_by_entropy(const std::vector<Scored>& tokens,
                     steps::SplitterOptions options = {.decision_chars = 1}) {
  options.splitter = "entropy";
  const auto splitter = steps::make_splitter(options);
  REQUIRE(splitter);
  domain::Completion completion;
  completion.decisions.emplace();
  for (const Scored& token : tokens) {
    domain::add_decision(*completion.decisions, completion.text.size(), -token.nats);
    completion.text += token.token;
  }
  const auto views = (*splitter)->split(completion, 0);
  return {views.begin(), views.end()};
}

struct Case {
  const char* what;
  const char* splitter;
  Steps steps;  ///< the text is their concatenation
};

std::string shown(const Steps& steps) {
  std::string all;
  for (const std::string& step : steps) all += '[' + step + ']';
  return all;
}

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(std::string(c.what));
    std::string text;
    for (const std::string& step : c.steps) text += step;
    CHECK(shown(cut({.splitter = c.splitter}, text)) == shown(c.steps));
  }
}

}  // namespace

TEST_CASE("steps: blank-line cuts after every run of blank lines") {
  check({
      {"nothing", "blank-line", {}},
      {"one line", "blank-line", {"one"}},
      {"two paragraphs", "blank-line", {"one\n\n", "two"}},
      {"lines of a paragraph stay together", "blank-line", {"one\ntwo\n\n", "three\n"}},
      {"the separator is all of the blank lines", "blank-line", {"one\n\n \t\n\n", "two"}},
      {"carriage returns are blank", "blank-line", {"one\r\n\r\n", "two\r\n"}},
      {"blank lines at the start go to the first step", "blank-line", {"\n\n  \none\n\n", "two"}},
      {"blank lines at the end go to the last", "blank-line", {"one\n\n", "two\n\n\n"}},
      {"only blanks are one step", "blank-line", {"\n \n"}},
      {"indented paragraphs", "blank-line", {"one\n\n", "   two\n\n", "\tthree"}},
      {"wrong UTF-8 and zero bytes", "blank-line", {"\xFF\xFE\n\n", "\xC3"}},
  });
}

TEST_CASE("steps: line cuts at every line that is not blank") {
  check({
      {"three lines", "line", {"a\n", "b\n", "c"}},
      {"blank lines belong to the line before", "line", {"a\n\n\n", "b\n \n", "c\n"}},
      {"blank start", "line", {"\n\na\n", "b"}},
      {"prices on two lines are no formula", "line", {"It costs $5\n", "and then $6\n", "or $7"}},
      {"a formula over two lines", "line", {"so $a +\nb$ holds\n", "end"}},
      {"a code block", "line", {"code:\n", "```python\nx = 1\n\ny = 2\n```\n", "done"}},
  });
}

TEST_CASE("steps: numbered cuts at titles") {
  check({
      {"step titles", "numbered", {"Step 1: a\nmore\n", "Step 2: b\n\n", "step 3: c"}},
      {"what comes before the first title is a step",
       "numbered",
       {"Let me see.\n\n", "Step 1: a\n", "Step 2: b"}},
      {"Markdown", "numbered", {"### Step 1: a\n", "**Step 2:** b\n", "**Step 3**: c\n", "## Step 4\nd"}},
      {"list items", "numbered", {"1. a\n", "2. b\nmore\n", "10. c\n", "**11. d**"}},
      {"a decimal fraction is no title", "numbered", {"1. a\n3.14 is near\n", "2. b"}},
      {"a year is not cut off a word",
       "numbered",
       {"1. a\n2024was\nStep by step: no\nSteps 2: no\n", "2. b"}},
      {"indented items stay in their step", "numbered", {"1. a\n   1. inner\n", "2. b"}},
      {"long numbers are no titles", "numbered", {"a\n12345. b"}},
      {"blank lines before the first title", "numbered", {"\n\n1. a\n", "2. b"}},
      {"not within a sentence", "numbered", {"as in Step 2: no\n", "Step 3: yes"}},
  });
}

TEST_CASE("steps: tags cut at <step>, and what stands outside belongs to the step before") {
  check({
      {"two", "tags", {"<step>a</step>", "<step>b</step>"}},
      {"text before the first belongs to it", "tags", {"Hm.\n<step>a</step>\n", "<step>b</step>"}},
      {"text between belongs to the one before", "tags", {"<step>a</step> so\n", "<step>b</step> end"}},
      {"the prompt opened the first", "tags", {"a</step>\n", "<step>b</step>"}},
      {"a tag that is not closed", "tags", {"<step>a", "<step>b"}},
      {"closing tags alone", "tags", {"a</step>b</step>c"}},
      {"no tags", "tags", {"a\n\nb"}},
      {"other tags", "tags", {"<steps>a<step <b></step>\n", "<step>b"}},
      {"not inside code", "tags", {"<step>a\n```\n<step>\n```\n</step>", "<step>b"}},
  });
}

TEST_CASE("steps: sentence cuts after . ! ? before a blank, and at blank lines") {
  check({
      {"three", "sentence", {"It is 3. ", "Is it? ", "Yes! ", "Good."}},
      {"every blank stays", "sentence", {"  One.  \t", "Two.\n", "Three.\n\n"}},
      {"a blank line ends one", "sentence", {"## The sum\n\n", "We add\n1 and 2.\n\n", "It is 3"}},
      {"a line alone does not", "sentence", {"We add\n1 and 2\n- 3\n- four. ", "So"}},
      {"several marks", "sentence", {"Really?! ", "Yes!! ", "Good?. ", "Then"}},
      {"closing marks belong to it", "sentence", {"(It is 3.) ", "**So.** ", "\"Yes.\" ", "He said."}},
      {"no blank, no end", "sentence", {"See a.b and x.y!z?w at www.example.org/a?b=c. ", "Then"}},
      {"small letters may begin one", "sentence", {"it is 3. ", "x is 4. ", "done"}},
      {"wrong UTF-8", "sentence", {"\xFF. ", "\xC3. ", "\xE3\x80"}},
      {"marks alone", "sentence", {". ", "! ", "?"}},
  });
}

TEST_CASE("steps: sentence does not cut where a full stop ends none") {
  check({
      {"numbers", "sentence", {"It is 3.14 or 1.5e3. ", "Then .5 and 6. ", "So"}},
      {"abbreviations", "sentence", {"See Fig. 2, e.g. the red one, vs. Eq. (3) of Dr. Who. ", "So"}},
      {"with capitals and commas", "sentence", {"E.g. this, i.e., that, cf. Prof. X. ", "We go on"}},
      {"No. before a number", "sentence", {"Take No. 5 of vol. 2, p. 7. ", "Is it? ", "No. ", "It is 4"}},
      {"etc. within and at the end", "sentence", {"1, 2, etc. are one. ", "3, 4, etc. ", "The rest"}},
      {"initials", "sentence", {"By J. R. Smith and the U.S. Army. ", "So"}},
      {"a letter that is an answer", "sentence", {"It is B. ", "Then C.\n", "Choose D. ", "So"}},
      {"a variable", "sentence", {"It equals x. ", "Both"}},
      {"three dots", "sentence", {"1, 2, ... and so on... perhaps. ", "Then"}},
      {"numbers of items", "sentence", {"1. Add. ", "2. Take. \n", "  3. Stop.\n", "**4. x** a. ", "b"}},
      {"numbers of items without ends", "sentence", {"So:\n1. add\n2. take\n10. stop. ", "Then"}},
      {"letters of items", "sentence", {"a. Add. ", "B. Take. ", "Then"}},
      {"titles", "sentence", {"Step 1. Add them. ", "### Case 2. It is odd. ", "As in Step 2. ", "So"}},
      {"factorials",
       "sentence",
       {"So 5! = 120 and n! is (n + 1)! over 6. ", "So it is 5! ", "Then ha! ", "so"}},
  });
}

TEST_CASE("steps: sentence cuts after the full stops of Chinese and Japanese, without a blank") {
  check({
      {"full stops", "sentence", {"三角形。", "面积是5。\n", "所以"}},
      {"other marks", "sentence", {"是吗？", "是！", "好"}},
      {"closing marks", "sentence", {"他说：“是。”", "（然后。）", "好"}},
      {"fullwidth full stop", "sentence", {"図１．２で3．5を見る．", "次に"}},
      {"dots", "sentence", {"等。。。然后。", "好"}},
      {"before a formula", "sentence", {"所以。", "$x=1。2$ 是。", "\\[y。z\\]"}},
      {"between ASCII", "sentence", {"答案是B. ", "The end。", "x"}},
  });
}

TEST_CASE("steps: sentence does not cut inside a formula or code") {
  check({
      {"formula", "sentence", {"Let $a. B$ and \\(c. D\\). ", "Then $x = 1.$ ", "So"}},
      {"display", "sentence", {"So\n$$x = 1. Y$$ holds. ", "\\[z = 2. W.\\] ", "Then"}},
      {"code", "sentence", {"Run:\n```\na. B. C\n\nd. E\n```\nwith care. ", "Then"}},
      {"no code block may begin at a cut within a line", "sentence", {"So. ```a b``` c. ", "d"}},
  });
}

TEST_CASE("steps: tokens cuts at the word that comes nearest to the wanted length") {
  const auto cut_at = [](std::uint32_t tokens, const std::string& text) {
    return cut({.splitter = "tokens", .tokens = tokens}, text);
  };
  CHECK(cut_at(3, "one two three four five six seven") == Steps{"one two three ", "four five six ", "seven"});
  CHECK(cut_at(1, "one  two\n") == Steps{"one  ", "two\n"});
  CHECK(cut_at(3, "  one two\n\nthree") == Steps{"  one two\n\n", "three"});
  CHECK(cut_at(64, "one two three") == Steps{"one two three"});
  CHECK(cut_at(2, "") == Steps{});
  CHECK(cut_at(2, " \n ") == Steps{" \n "});
  // Before the long word two are missing, after it one is too many; then one, and two.
  CHECK(cut_at(4, "a b 123456 c") == Steps{"a b 123456 ", "c"});
  CHECK(cut_at(4, "a b c 123456 d") == Steps{"a b c ", "123456 d"});
  CHECK(cut_at(2, "a $x + y + z$ b c") == Steps{"a ", "$x + y + z$ ", "b c"});
  CHECK(cut_at(3, "a b\n```\nc d e f\n```\ng h") == Steps{"a b\n", "```\nc d e f\n```\n", "g h"});
  CHECK(cut_at(2, "面积是五abc def") == Steps{"面积", "是五", "abc def"});
  CHECK(cut_at(1, "a\n\n  b c") == Steps{"a\n\n", "  b ", "c"});
  CHECK(cut_at(1, "über \xFF\xFE ü") == Steps{"über ", "\xFF\xFE ", "ü"});
}

TEST_CASE("steps: entropy cuts before words with a token that was not likely") {
  CHECK(cut_by_entropy({{"So", 3}, {" it", 0}, {" may", 1.5}, {" be", 0.2}, {" five", 1.2}, {".", 0}}) ==
        Steps{"So it ", "may be ", "five."});
  // Not at exactly the threshold, but from the next hundredth on.
  CHECK(cut_by_entropy({{"a", 0}, {" b", 1.0}, {" c", 1.01}, {" d", 1.004}}) == Steps{"a b ", "c d"});
  CHECK(cut_by_entropy({{"a", 0}, {" b", 1.8}, {" c", 2.5}}, {.decision_nats = 2, .decision_chars = 1}) ==
        Steps{"a b ", "c"});
  // Amid a word: before the word. In blanks: before what follows them.
  CHECK(cut_by_entropy({{"it", 0}, {" un", 0}, {"like", 2}, {"ly", 0}, {" is", 0}}) ==
        Steps{"it ", "unlikely is"});
  CHECK(cut_by_entropy({{"it", 0}, {" ", 2}, {"\n\n", 2}, {"is", 0}, {" so", 0}}) ==
        Steps{"it \n\n", "is so"});
  CHECK(cut_by_entropy({{"it", 0}, {" is", 0}, {"\n", 9}}) == Steps{"it is\n"});
  CHECK(cut_by_entropy({{"un", 0}, {"like", 2}, {"ly", 0}}) == Steps{"unlikely"});
  CHECK(cut_by_entropy({{"面", 0}, {"积", 2}, {"是", 0}, {"5", 2}}) == Steps{"面", "积是", "5"});
  CHECK(cut_by_entropy({{"all", 0}, {" is", 0}, {"\nsure", 0}}) == Steps{"all is\nsure"});
  CHECK(cut_by_entropy({}) == Steps{});
}

TEST_CASE("steps: entropy cuts before a formula or code block in which something was decided") {
  CHECK(cut_by_entropy({{"So", 0}, {" ($", 0}, {"x", 0}, {" =", 0}, {" 5", 3}, {"$)", 0}, {" is", 0}}) ==
        Steps{"So ", "($x = 5$) is"});
  CHECK(cut_by_entropy({{"Run", 0}, {"\n```\na", 0}, {" b\n", 3}, {" c", 3}, {"\n```\n", 0}, {"end", 2}}) ==
        Steps{"Run\n", "```\na b\n c\n```\n", "end"});
}

TEST_CASE("steps: cuts by entropy are at least so far apart, and by line where nothing is known") {
  const std::vector<Scored> tokens = {{"aaaa", 2}, {" bbbb", 2}, {" cccc", 2}, {" dddd", 2}, {" ee", 2}};
  CHECK(cut_by_entropy(tokens, {.decision_chars = 8}) == Steps{"aaaa bbbb ", "cccc dddd ee"});
  CHECK(cut_by_entropy(tokens, {.min_chars = 5, .decision_chars = 0}) == Steps{"aaaa bbbb ", "cccc dddd ee"});
  CHECK(cut_by_entropy(tokens, {.max_steps = 2, .decision_chars = 1}) == Steps{"aaaa ", "bbbb cccc dddd ee"});
  CHECK(cut_by_entropy(tokens) == Steps{"aaaa ", "bbbb ", "cccc ", "dddd ", "ee"});
  CHECK(cut_by_entropy(tokens, {}) == Steps{"aaaa bbbb cccc dddd ee"});
  CHECK(cut({.splitter = "entropy"}, "a\n\nb c\nd") == Steps{"a\n\n", "b c\n", "d"});
}

TEST_CASE("steps: a long step is cut at its last line, or else sentence, or else word, within the limit") {
  const steps::SplitterOptions options = {.splitter = "blank-line", .max_chars = 10};
  CHECK(cut(options, "aaa bbb\nccc. Dddd eee\n\nfff") == Steps{"aaa bbb\n", "ccc. ", "Dddd eee\n\n", "fff"});
  CHECK(cut(options, "aaa. Bbb ccc ddd") == Steps{"aaa. ", "Bbb ccc ddd"});
  CHECK(cut(options, "aaaa bbbb cccc dddd") == Steps{"aaaa bbbb ", "cccc dddd"});
  CHECK(cut(options, "a bbbbbbbbbbbbbbb ccc") == Steps{"a ", "bbbbbbbbbbbbbbb ", "ccc"});
  CHECK(cut(options, "$aaaa + bbbb + cccc$ d") == Steps{"$aaaa + bbbb + cccc$ ", "d"});
  CHECK(cut(options, "aaaaaaaaaaaa") == Steps{"aaaaaaaaaaaa"});
  CHECK(cut({.splitter = "blank-line", .min_chars = 5, .max_chars = 8}, "aa bb cc dd ee ff") ==
        Steps{"aa bb cc dd ee ff"});
  CHECK(cut({.splitter = "blank-line", .min_chars = 5, .max_chars = 8}, "aa bb cc dd ee") ==
        Steps{"aa bb cc dd ee"});
  CHECK(cut({.splitter = "blank-line", .max_steps = 2, .max_chars = 4}, "aaaa bbbb cccc") ==
        Steps{"aaaa ", "bbbb cccc"});
}

TEST_CASE("steps: nothing is cut inside a formula or a code block") {
  check({
      {"display with blank lines", "blank-line", {"so\n$$\na\n\nb\n$$\nend\n\n", "two"}},
      {"square brackets", "blank-line", {"\\[\na\n\nb\n\\]\n\n", "two"}},
      {"round brackets", "blank-line", {"\\(a\n\nb\\)\n\n", "two"}},
      {"environment",
       "blank-line",
       {"\\begin{align}\na\n\n\\begin{cases}x\\end{cases}\n\nb\\end{align}\n\n", "two"}},
      {"code", "blank-line", {"```\na\n\nb\n```\n\n", "two"}},
      {"code with a language, indented", "blank-line", {" ```cpp\na\n\nb\n  ```\n\n", "two"}},
      {"code that is not closed", "blank-line", {"one\n\n", "```\na\n\nb\n\nc"}},
      {"code on one line is no block", "blank-line", {"```a```\n\n", "b\n\n", "c"}},
  });
}

TEST_CASE("steps: a formula that is not closed does not swallow the rest") {
  check({
      {"dollar", "blank-line", {"a $x\n\n", "b\n\n", "c $y\n\n", "d"}},
      {"two dollars", "blank-line", {"a $$x\n\n", "b\n\n", "c"}},
      {"square bracket", "blank-line", {"a \\[x\n\n", "b\n\n", "c"}},
      {"square bracket before another", "blank-line", {"a \\[x\n\n", "b\n\n", "\\[y\n\nz\\]\n\n", "c"}},
      {"round bracket", "blank-line", {"a \\(x\n\n", "b"}},
      {"environment", "blank-line", {"\\begin{align}\n\n", "b\n\n", "\\begin{x}\n\n\\end{x}\n\n", "c"}},
      {"the wrong environment", "blank-line", {"\\begin{a}\n\n", "\\end{b}\n\n", "c"}},
      {"escaped dollars", "blank-line", {"a \\$x\n\n", "b\\$\n\n", "c"}},
      {"a line break is no bracket", "blank-line", {"a \\\\[2pt]\n\n", "b \\]\n\n", "c"}},
      {"a price in each paragraph", "blank-line", {"$5\n\n", "$6\n\n", "$7"}},
  });
}

TEST_CASE("steps: what exceeds max_steps is merged into the last step") {
  const steps::SplitterOptions options = {.splitter = "line", .max_steps = 3};
  CHECK(cut(options, "a\nb\nc\nd\ne") == Steps{"a\n", "b\n", "c\nd\ne"});
  CHECK(cut(options, "a\nb\nc") == Steps{"a\n", "b\n", "c"});
  CHECK(cut(options, "c\nd\ne", 1) == Steps{"c\n", "d\ne"});
  CHECK(cut(options, "c\nd\ne", 2) == Steps{"c\nd\ne"});
  CHECK(cut(options, "c\nd", 3) == Steps{"c\nd"});
  CHECK(cut(options, "c\nd", 99) == Steps{"c\nd"});
  CHECK(cut({.splitter = "line", .max_steps = 1}, "a\nb") == Steps{"a\nb"});
}

TEST_CASE("steps: a short step is merged with the next, the last with the one before") {
  const steps::SplitterOptions options = {.splitter = "line", .min_chars = 3};
  CHECK(cut(options, "a\nbbb\ncccc\n") == Steps{"a\nbbb\n", "cccc\n"});
  CHECK(cut(options, "aaa\nb\n") == Steps{"aaa\nb\n"});
  CHECK(cut(options, "a\nb\n") == Steps{"a\nb\n"});
  CHECK(cut(options, "a\nb\nc\ndddd\ne") == Steps{"a\nb\nc\n", "dddd\ne"});
  CHECK(cut(options, "a    \nbbb\n") == Steps{"a    \nbbb\n"});
  CHECK(cut({.splitter = "line", .min_chars = 0}, "a\nb") == Steps{"a\n", "b"});
}

TEST_CASE("steps: an unknown splitter and a wrong limit are refused with what would do") {
  const auto unknown = steps::make_splitter({.splitter = "clauses"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == core::ErrorKind::kInvalidInput);
  CHECK(unknown.error().message.find("blank-line, line, numbered, tags, sentence, tokens, entropy") !=
        std::string::npos);
  CHECK_FALSE(steps::make_splitter({.max_steps = 0}));
  CHECK_FALSE(steps::make_splitter({.max_steps = 5000}));
  CHECK_FALSE(steps::make_splitter({.min_chars = 5, .max_chars = 4}));
  CHECK_FALSE(steps::make_splitter({.tokens = 0}));
  CHECK_FALSE(steps::make_splitter({.decision_nats = 0.4}));
  CHECK_FALSE(steps::make_splitter({.decision_nats = std::nan("")}));
  CHECK_FALSE(steps::make_splitter({.splitter = "entropy", .max_chars = 39}));
  const auto names = steps::splitter_names();
  const Steps known = {"blank-line", "line", "numbered", "tags", "sentence", "tokens", "entropy"};
  REQUIRE(names.size() >= known.size());
  CHECK(std::equal(known.begin(), known.end(), names.begin()));
}
