#!/usr/bin/env python3
"""What can be said of the sources' form by reading them as text.

usage: tidy.py ROOT

Fails where
  lines      a line of code is longer than .clang-format's limit
  orphans    a word or two of a comment or a literal stand alone on a line, cut off from a sentence that goes on
  names      a word of the design stands for something else (FORBIDDEN)
  unused     a function, type, constant or macro of a header is named nowhere but where it is declared and defined
  links      a link of a README leads to no file or heading

and tells, without judging, how long lines of Markdown, files and functions are.
"""

import collections
import itertools
import pathlib
import re
import sys
import tempfile

FOLDERS = ("include", "search", "src", "storage", "tests")
FUNCTION_END = 70  # lines; longer ones are named

# Words of the design that have one meaning each: what must not be found, where, and what to say instead.
FORBIDDEN = [
    (r"namespace viltree::verify\b", "", "verify is the command that checks a run; whether an answer is right says the checker"),
    (r"namespace viltree::answers\b", "", "files of final answers are the checker's lines"),
    (r"\b(?:struct|class) Answer\b", "(?!include/viltree/policy/)", "a reply, a completion or a final answer"),
    (r"\b(?:struct|class) KnownAnswers\b", "", "answers of a journal are counted or held: say which"),
    (r"\b(?:struct|class) Unit\b", "src/checker", "units are problems; metres are measures"),
    (r"\b(?:struct|class|namespace) (?:Question|Sample_?Problem)\b", "include/viltree/domain", "a question of a data set is a problem"),
    (r"\b(?:\w*Reply|Completed|SampleResult|json|Json)\b[&*]? (?:\w+_)?answers?_?\b", "", "what a server sent is a reply, what came of a sample is its result"),
    (r"\b(?:answers?_?|\w*Answers?)\b", "(?:src/policy|tests)/http/", "what a server sent is a reply; the checker has final answers, and the crawl the journal's"),
    (r"\b(?:OnAnswer|on_answer)\b", "", "what came of a sample is its result"),
]

FOR_OTHERS = {"search/graph_view.hpp"}  # names that Boost.Graph asks for

COMMENT = re.compile(r"^(\s*)(///|//(?!/))(\s*)(\S.*)$")
LITERAL = re.compile(r'^\s*"((?:[^"\\]|\\.)*)"(.*)$')
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|(?<![\w.])\d[\w.\']*', re.S)
NAME = re.compile(r"[A-Za-z_]\w*")


class Source:
    def __init__(self, path, text):
        self.path = path
        self.lines = text.split("\n")
        # Without comments, literals and numbers, line by line.
        self.code = TOKEN.sub(lambda found: "\n" * found[0].count("\n"), text)
        self.header = path.endswith(".hpp")


def read(root):
    paths = itertools.chain.from_iterable((root / folder).rglob("*.[ch]pp") for folder in FOLDERS)
    return [Source(path.relative_to(root).as_posix(), path.read_text()) for path in sorted(paths)]


def too_long(source, limit):
    for number, line in enumerate(source.lines, 1):
        if len(line) > limit and 'R"(' not in line:
            yield f"{source.path}:{number}: {len(line)} columns, {limit} are allowed"


def goes_on(line, next_line, limit):
    """Whether the next line's first word had room on this one."""
    return len(line) + 1 + len(next_line.split()[0]) <= limit


def begins_item(text):
    """An item of a list, a row of a table, or a part of a drawing."""
    return re.match(r"[-*] |\d+\. |\S+ {2,}", text) or not re.match(r"[\w`'\"(\[{$<\\]", text)


def orphans(source, limit):
    lines = source.lines
    for i in range(1, len(lines) - 1):
        before, here, after = lines[i - 1], lines[i], lines[i + 1]
        words = COMMENT.match(here)
        behind = COMMENT.match(after)
        if words and "//" in before and len(words[4].split()) <= 2:
            full = len(before) + 1 + len(words[4].split()[0]) > limit
            torn = full and behind and not words[4].endswith((".", ":")) and not begins_item(behind[4]) and goes_on(here, behind[4], limit)
            had_room = re.search(r"//.*[\w,]$", before) and len(words[3]) <= 1 and len(before) + 1 + len(words[4]) <= limit
            if torn or had_room and not begins_item(words[4]):
                yield f"{source.path}:{i + 1}: '{words[4]}' stands alone"
        words = LITERAL.match(here)
        behind = LITERAL.match(after)
        if words and behind and not words[2].strip() and re.fullmatch(r"[\w`'(;:,.]+ (?:[\w`'(;:,.]+ )?", words[1]):
            full = re.search(r'\S "$', before) and len(before) + len(words[1].split()[0]) > limit
            if full and len(here) + len(behind[1].split(" ")[0]) <= limit:
                yield f"{source.path}:{i + 1}: \"{words[1]}\" stands alone"


def misnamed(source):
    for pattern, folder, instead in FORBIDDEN:
        if re.match(folder, source.path):
            for found in re.finditer(pattern, source.code):
                yield f"{source.path}:{source.code.count(chr(10), 0, found.start()) + 1}: {found[0]}: {instead}"


DECLARED = [
    re.compile(r"^#define (\w+)", re.M),
    re.compile(r"\b(?:class|struct|enum class)(?: \[\[nodiscard\]\]| VILTREE_\w+(?:\([^()]*\))?)? (\w+)[^;{}()]*[{]"),
    re.compile(r"^\s*using (\w+) =", re.M),
    re.compile(r"\bconstexpr [^;=(]*?\b(k[A-Z]\w*)\b"),
    re.compile(r"^ *(?:template <.*> *)?(?:(?:\[\[nodiscard\]\]|static|inline|constexpr|virtual|explicit|friend|extern) +)*"
               r"(?!return\b|throw\b|new\b|delete\b|else\b|case\b|co_\w+\b|using\b|goto\b)[\w:<>,*& ]+[ *&](\w+)\((?!\[)", re.M),
    re.compile(r"^ +[\w:<>,*& ]+[ *&](\w+)(?: = [^;()]*|\{\w*\})?;", re.M),
]


def declarations(header):
    return {found[1] for pattern in DECLARED for found in pattern.finditer(header.code)
            if found[1] not in ("operator", "if", "for", "while", "switch", "sizeof", "decltype", "requires")}


def without_definitions(source):
    """The code without the heads of function definitions and declarations that stand at a line's very beginning."""
    if source.header:
        return source.code
    return re.sub(r"^(?!#|return|\s|\}|using|constexpr|constinit|const \w+ k[A-Z])(?:[^\n=;{}]|\n(?!\n))*?\((?=[^=;{}]*[;{])",
                  lambda found: found[0] if "=" in found[0] else re.sub(r"[\w~]+\($", "(", found[0]), source.code, flags=re.M)


def unused(sources):
    named = collections.Counter()
    for source in sources:
        named.update(NAME.findall(without_definitions(source)))
    for header in sources:
        if not header.header or header.path.startswith("tests/"):
            continue
        own = collections.Counter(NAME.findall(header.code))
        for name in sorted(declarations(header)):
            if named[name] == 1 and own[name] == 1 and header.path not in FOR_OTHERS:
                yield f"{header.path}: nothing names {name}"


def functions(source):
    """(lines, head) of what looks like a function, by the indentation that the formatter gives."""
    begin = None
    for number, line in enumerate(source.code.split("\n")):
        if begin is None and re.match(r"\S", line) and not re.match(r"(#|namespace|using|struct|class|enum|\}|/|extern|TEST_CASE|public|private)", line):
            begin = number
        if begin is not None and re.match(r"\S.*[;}]$|\};?$", line) and number >= begin:
            if line == "}" and number > begin:
                head = source.lines[begin]
                yield number - begin + 1, f"{source.path}:{begin + 1}: {head[:80]}"
            begin = None
        elif begin is not None and not line:
            if not any("{" in text for text in source.code.split("\n")[begin:number]):
                begin = None


def told(what, numbers):
    ordered = sorted(numbers)
    return f"{what}: median {ordered[len(ordered) // 2]}, 90th percentile {ordered[len(ordered) * 9 // 10]}, largest {ordered[-1]}"


def inform(root, sources):
    program = [source for source in sources if not source.path.startswith("tests/")]
    print(told("lines of a file", [len(source.lines) for source in program]))
    lengths = [length for source in program for length in functions(source)]
    print(told("lines of a function", [length for length, _ in lengths]))
    for length, head in sorted(lengths, reverse=True):
        if length > FUNCTION_END:
            print(f"  {length} {head}")
    pages = [page for page in root.rglob("*.md") if "build" not in page.relative_to(root).parts[0]]
    print(told("columns of a line of Markdown", [len(line) for page in pages for line in page.read_text().split("\n") if line]))


def anchors(text):
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*\S)", text, re.MULTILINE)}


def dead_links(root):
    """Links of Markdown that lead to no file of ours, or to no heading of it."""
    for page in root.rglob("*.md"):
        if page.relative_to(root).parts[0] == "build":
            continue
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            path, _, anchor = link.partition("#")
            target = page.parent / path if path else page
            if "://" not in link and (not target.exists() or (anchor and anchor not in anchors(target.read_text()))):
                yield f"{page.relative_to(root)}: {link} leads nowhere"


def check(sources, limit):
    return {
        "lines": [text for source in sources for text in too_long(source, limit)],
        "orphans": [text for source in sources for text in orphans(source, limit)],
        "names": [text for source in sources for text in misnamed(source)],
        "unused": list(unused(sources)),
    }


# What each check must find, by the number of its line or the name.
PLANT = """#define PLANTED_MACRO
/// A sentence which is so long that its line is full before
/// that
/// it has an end.
/// This one has room
/// here.
constexpr auto kPlanted = "words that go on, and on and on "
                          "from "
                          "here to there";
struct Unit {};
[[nodiscard]] Unit planted(std::string_view argument, int other);
const ParsedReply& answer = last;
"""
PLANTED = {"lines": ["11"], "orphans": ["3", "6", "8"], "names": ["10", "12"],
           "unused": [" nothing names PLANTED_MACRO", " nothing names kPlanted", " nothing names planted"]}


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    limit = int(re.search(r"ColumnLimit: (\d+)", (root / ".clang-format").read_text())[1])
    sources = read(root)
    if len(sources) < 100:
        sys.exit(f"only {len(sources)} sources below {root}")
    planted = check([Source("src/checker/planted.hpp", PLANT)], 60)
    if PLANTED != {name: [text.split(":")[1] for text in found] for name, found in planted.items()}:
        sys.exit("what was planted is not found")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "a.md").write_text("# Here\n[a](#here) [b](#there) [c](none.md)\n")
        if len(list(dead_links(pathlib.Path(folder)))) != 2:
            sys.exit("what was planted is not found")
    checks = check(sources, limit) | {"links": list(dead_links(root))}
    inform(root, sources)
    for name, found in checks.items():
        print(f"{name}: {len(found)} found in {len(sources)} files")
        for text in found:
            print(f"  {text}")
    sys.exit(any(checks.values()))


if __name__ == "__main__":
    main()
