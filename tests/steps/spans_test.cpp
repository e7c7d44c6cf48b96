#include "spans.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace viltree::steps;

namespace {

std::vector<std::string> spans_of(std::string_view text) {
  std::vector<std::string> spans;
  for (const Span& span : protected_spans(text))
    spans.emplace_back(text.substr(span.begin, span.end - span.begin));
  return spans;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("spans: formulas and code blocks are found whole") {
  CHECK(spans_of("a $x$ b $y$") == Texts{"$x$", "$y$"});
  CHECK(spans_of("a $$x$$ b") == Texts{"$$x$$"});
  CHECK(spans_of("\\[x\\] and \\(y\\)") == Texts{"\\[x\\]", "\\(y\\)"});
  CHECK(spans_of("\\begin{a}\\begin{a}x\\end{a}\\end{a}!") == Texts{"\\begin{a}\\begin{a}x\\end{a}\\end{a}"});
  CHECK(spans_of("x\n```py\n$a$\n```\ny") == Texts{"```py\n$a$\n```"});
}

TEST_CASE("spans: marks without a partner are plain text") {
  CHECK(spans_of("$5 and $6").empty());
  CHECK(spans_of("$x\n\ny$").empty());
  CHECK(spans_of("\\$x\\$").empty());
  CHECK(spans_of("$$x").empty());
  CHECK(spans_of("\\]x\\[").empty());
  CHECK(spans_of("\\begin{a}\\end{b}").empty());
  CHECK(spans_of("\\begin{a\nb}\\end{a\nb}").empty());
  CHECK(spans_of("a ```b``` c").empty());
}

TEST_CASE("spans: a fence is closed by a bare fence only") {
  CHECK(spans_of("```a\n```b\n```\nc") == Texts{"```a\n```b\n```"});
  CHECK(spans_of("```a\nb") == Texts{"```a\nb"});
  CHECK(spans_of("```\n\\\n```\n$x$") == Texts{"```\n\\\n```", "$x$"});
}

TEST_CASE("spans: a mark inside a span opens nothing") {
  CHECK(spans_of("$a \\[ b$ \\] $c$") == Texts{"$a \\[ b$", "$c$"});
  CHECK(spans_of("```\n\\[\n```\nx\n\\]") == Texts{"```\n\\[\n```"});
}
