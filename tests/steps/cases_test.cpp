#include <viltree/steps/splitter.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree;

namespace {

using Steps = std::vector<std::string>;

Steps cut(const steps::SplitterOptions& options, std::string_view text, std::size_t steps_before = 0) {
  const auto splitter = steps::make_splitter(options);
  REQUIRE(splitter);
  const auto views = (*splitter)->split(text, steps_before);
  return {views.begin(), views.end()};
}

struct Case {
  const char* what;
  const char* splitter;
  Steps steps;  ///< the text is their concatenation
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.what);
    std::string text;
    for (const std::string& step : c.steps) text += step;
    CHECK(cut({.splitter = c.splitter}, text) == c.steps);
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
  const auto unknown = steps::make_splitter({.splitter = "sentences"});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().kind == core::ErrorKind::kInvalidInput);
  CHECK(unknown.error().message.find("blank-line, line, numbered, tags") != std::string::npos);
  CHECK_FALSE(steps::make_splitter({.max_steps = 0}));
  CHECK_FALSE(steps::make_splitter({.max_steps = 5000}));
  CHECK(steps::splitter_names() == Steps{"blank-line", "line", "numbered", "tags"});
}
