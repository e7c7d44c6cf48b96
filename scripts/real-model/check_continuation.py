#!/usr/bin/env python3
"""Asks a llama.cpp server to go on from many prefixes, as viltree does, and looks at what the model really saw.

usage: check_continuation.py [URL]     (default http://127.0.0.1:8080)

For each prefix the prompt that the server echoes must be the chat template's text of the question, then the prefix, byte
for byte; its tokens must be as many as the usage says; and the repeated prefix at the beginning of the answer must be
the prefix. Then four siblings of one prefix must differ, and the cached tokens must grow along a path of a tree.
"""

import json
import sys
import urllib.request

QUESTION = "A farmer has 12 boxes with 35 apples each and sells 118 apples. How many are left?"
STEMS = {
    "a blank": ["First, ", "There are 12 * 35 = ", "We know that ", "So the farmer has ", "Step 1: ", "- ", "Then we get  ",
                "Altogether \t", "\u00c4pfel: ", "Hence, in total, "],
    "a newline": ["First, count the apples.\n", "12 * 35 = 420\n\n", "Step 1: multiply.\n", "Let x be the rest:\n\n",
                  "1. Multiply\n2. Subtract\n", "```\n12*35\n", "So:\r\n", "A list:\n- boxes\n- apples\n\n", "\n",
                  "Text with blanks at the end  \n"],
    "the inside of a word": ["First, we multi", "The numb", "Subtr", "The farm", "appl", "Therefo", "To find the ans",
                             "The remaind", "Multiplyi", "na\u00ef"],
    "the inside of a number": ["12 * 35 = 4", "420 - 118 = 30", "There are 1", "x = 3.1", "1,00", "0.", "-1", "35 + 35 = 7",
                               "The total is 42", "1e"],
    "the inside of a formula": ["\\[ 12 \\times 35", "$x = \\frac{4", "\\boxed{30", "\\(12 \\cdot", "$$\\sum_{i=1}^{12",
                                "\\begin{align} x &=", "$\\sqrt{", "\\left( 12", "x^{2", "$\\text{app"],
    "a quote or a mark": ["\"", "He said \"we", "\\", "{\"key\": ", "<b>12", "`12 *", "**Answer", "<|im_", "\u20ac5", "\U0001f34e "],
}


class Server:
    def __init__(self, url):
        self.url = url.rstrip("/")

    def post(self, path, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=600) as reply:
            return json.load(reply)


def messages(prefix):
    user = {"role": "user", "content": QUESTION}
    return [user, {"role": "assistant", "content": prefix}] if prefix else [user]


def ask(server, prefix, seed=1, max_tokens=4, **more):
    """The request that viltree writes for this kind of server."""
    body = {"model": "", "temperature": 1.0, "top_p": 1.0, "messages": messages(prefix), "n": 1, "max_tokens": max_tokens,
            "seed": seed, "add_generation_prompt": False, "continue_final_message": True,
            "chat_template_kwargs": {"enable_thinking": False}, "reasoning_format": "none", "cache_prompt": True,
            "top_k": 0, "min_p": 0, "repeat_penalty": 1}
    if not prefix:
        del body["add_generation_prompt"], body["continue_final_message"]
    return server.post("/v1/chat/completions", {**body, **more})


def main():
    server = Server(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080")
    template = server.post("/apply-template", {"messages": messages("")})["prompt"]
    wrong = count = 0
    for ending, prefixes in STEMS.items():
        good = 0
        for prefix in prefixes:
            answer = ask(server, prefix, verbose=True)
            prompt = answer["__verbose"]["prompt"]
            tokens = len(server.post("/tokenize", {"content": prompt, "parse_special": True})["tokens"])
            text = answer["choices"][0]["message"]["content"]
            problems = []
            if prompt != template + prefix:
                problems.append(f"the prompt ends with {prompt[len(template):]!r}")
            if tokens != answer["usage"]["prompt_tokens"]:
                problems.append(f"{tokens} tokens, but the usage says {answer['usage']['prompt_tokens']}")
            if not text.startswith(prefix):
                problems.append(f"the answer begins with {text[:40]!r}")
            count += 1
            good += not problems
            wrong += bool(problems)
            for problem in problems:
                print(f"  {prefix!r}: {problem}")
        print(f"prefixes that end in {ending}: {good} of {len(prefixes)} exact")
    print(f"{count - wrong} of {count} prefixes: the prompt is the template's text and the prefix, byte for byte")

    start = "To solve this, we"
    texts = {ask(server, start, seed=100 + i, max_tokens=12)["choices"][0]["message"]["content"] for i in range(4)}
    print(f"4 siblings with seeds 100 to 103: {len(texts)} different")
    path, cached = "", []
    for step in ["First, we multiply 12 by 35.\n\n", "That is 420 apples.\n\n", "Then 118 are sold.\n\n", "So 302 are left.\n\n"]:
        path += step
        usage = ask(server, path, seed=1, max_tokens=1)["usage"]
        cached.append((usage["prompt_tokens"], usage["prompt_tokens_details"]["cached_tokens"]))
    print("along a path, tokens of the prompt and of them cached: " + ", ".join(f"{p}/{c}" for p, c in cached))
    grows = all(b[1] > a[1] for a, b in zip(cached, cached[1:]))
    sys.exit(0 if wrong == 0 and len(texts) == 4 and grows else 1)


if __name__ == "__main__":
    main()
