#include "generic_solver.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

namespace viltree::simulated {

namespace {

constexpr std::size_t kMostNumbers = 4;
constexpr std::size_t kMostGuesses = 6;
constexpr std::size_t kMostLetters = 10;
constexpr std::int64_t kGreatestNumber = 1'000'000;
constexpr double kLeaning = 0.55;
constexpr double kFaithful = 0.85;

const Phrasings kOpening = {"First I note {given}.", "Let me begin with {given}.",
                            "The question gives {given}; I start from there."};
/// By turns, so that no step is said twice in a row.
const std::array<Phrasings, 2> kNeutral = {
    {{"Now I relate this to what is asked.", "Let me look at the parts one after the other."},
     {"This has to be put together step by step."}}};
const std::array<Phrasings, 2> kLeaningTo = {
    {{"Working this out points to {guess}."}, {"From this, {guess} looks right."}}};
const Phrasings kConcluding = {"The answer is \\boxed{{guess}}.",
                               "So I conclude: the answer is \\boxed{{guess}}."};

constexpr std::string_view kCountQuestion = "Count from 1 to ";
constexpr std::string_view kRandomQuestion = "Write a random";
constexpr std::int32_t kMostCounted = 10'000;
constexpr std::int32_t kRandomWords = 3;
const std::string kRuling = "Compared word by word.\nVerdict: {ruling}";
const std::string kNumberAndMore = "{number}, ";
const std::string kNumber = "{number}";
const std::string kWordAndMore = "{word} ";
const std::string kWord = "{word}.";

/// A hundred syllable pairs, none of which begins with another.
std::string random_word(std::size_t index) {
  constexpr std::array<std::string_view, 10> kFirst = {"ba", "de", "fi", "go", "hu",
                                                       "ka", "le", "mi", "no", "ru"};
  constexpr std::array<std::string_view, 10> kSecond = {"lan", "mor", "nis", "pel", "rad",
                                                        "sun", "tor", "vek", "win", "zad"};
  return std::string(kFirst[index / 10]) + std::string(kSecond[index % 10]);
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

/// What stands between the last <name> and the </name> behind it.
std::optional<std::string_view> last_tagged(std::string_view text, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t begin = text.rfind(open);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + open.size());
  const std::size_t end = text.find("</" + std::string(name) + ">");
  if (end == std::string_view::npos) return std::nullopt;
  return text.substr(0, end);
}

/// Runs of letters and digits, in lower case.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : text) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    if ((low >= 'a' && low <= 'z') || is_digit(low)) {
      word += low;
    } else if (!word.empty()) {
      words.insert(std::exchange(word, {}));
    }
  }
  if (!word.empty()) words.insert(word);
  return words;
}

/// "right" or "wrong"; empty where the question does not ask to compare.
std::string_view ruling_on(std::string_view question) {
  const auto reference = last_tagged(question, "reference");
  const auto answer = last_tagged(question, "answer");
  if (!reference || !answer) return {};
  const std::set<std::string> wanted = words_of(*reference);
  const std::set<std::string> found = words_of(*answer);
  const bool all = std::includes(found.begin(), found.end(), wanted.begin(), wanted.end());
  const bool part = !found.empty() && std::includes(wanted.begin(), wanted.end(), found.begin(), found.end());
  return all || part ? "right" : "wrong";
}

/// 0 where the question does not ask to count.
std::int32_t last_number_of(std::string_view question) {
  const auto at = question.find(kCountQuestion);
  if (at == std::string_view::npos) return 0;
  question.remove_prefix(at + kCountQuestion.size());
  std::int32_t last = 0;
  const auto result = std::from_chars(question.data(), question.data() + question.size(), last);
  return result.ec == std::errc{} ? std::clamp(last, 0, kMostCounted) : 0;
}

bool asks_for_random(std::string_view question) {
  return question.find(kRandomQuestion) != std::string_view::npos;
}

std::vector<std::int64_t> numbers_in(std::string_view text) {
  std::vector<std::int64_t> numbers;
  for (std::size_t at = 0; at < text.size() && numbers.size() < kMostNumbers;) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (!is_digit(text[at])) {
      ++at;
    } else {
      at = static_cast<std::size_t>(end - text.data());
      if (error == std::errc{} && value <= kGreatestNumber) numbers.push_back(value);
    }
  }
  return numbers;
}

/// Options that begin a line or follow a blank as "(A)", "A." or "A)", in order from A.
std::size_t options_in(std::string_view question) {
  std::size_t count = 0;
  for (std::size_t at = 0; at + 1 < question.size() && count < kMostLetters; ++at) {
    const bool begins =
        at == 0 || question[at - 1] == '\n' || question[at - 1] == ' ' || question[at - 1] == '(';
    const char after = question[at + 1];
    if (begins && question[at] == static_cast<char>('A' + count) && (after == '.' || after == ')')) ++count;
  }
  return count > 1 ? count : 0;
}

void shuffle(std::vector<std::string>& texts, core::Random& random) {
  for (std::size_t i = texts.size(); i > 1; --i) {
    std::swap(texts[i - 1],
              texts[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i) - 1))]);
  }
}

std::vector<std::string> letters(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(count, kMostLetters); ++i) {
    texts.emplace_back(1, static_cast<char>('A' + i));
  }
  return texts;
}

/// What one may get by computing with the question's numbers.
std::vector<std::string> results_of(const std::vector<std::int64_t>& numbers, core::Random& random) {
  std::vector<std::string> texts;
  const auto add = [&texts](std::int64_t value) {
    std::string text = std::to_string(value);
    if (value > 0 && std::find(texts.begin(), texts.end(), text) == texts.end())
      texts.push_back(std::move(text));
  };
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    for (std::size_t j = i + 1; j < numbers.size(); ++j) {
      add(numbers[i] * numbers[j]);
      add(numbers[i] + numbers[j]);
      add(numbers[i] - numbers[j]);
    }
  }
  shuffle(texts, random);
  while (texts.size() < kMostGuesses) add(random.between(1, 40));
  texts.resize(kMostGuesses);
  return texts;
}

std::string joined(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
    text += std::to_string(numbers[i]);
  }
  return text;
}

}  // namespace

bool GenericSolver::takes_by_word(std::string_view question) {
  return last_number_of(question) > 0 || asks_for_random(question) || !ruling_on(question).empty();
}

GenericSolver::GenericSolver(std::string_view question, std::size_t choices) : ruling_(ruling_on(question)) {
  if (!ruling_.empty()) return;
  count_to_ = last_number_of(question);
  rambles_ = count_to_ == 0 && asks_for_random(question);
  core::Random random(core::hash64(question));
  const auto numbers = numbers_in(question);
  const std::size_t options = choices > 1 ? choices : options_in(question);
  steps_ = static_cast<std::size_t>(random.between(3, 6));
  given_ = numbers.empty() ? "what the question shows" : "the numbers " + joined(numbers);
  guesses_ = options > 0 ? letters(options) : results_of(numbers, random);
  if (options > 0) shuffle(guesses_, random);
  double sum = 0;
  for (std::size_t i = 0; i < guesses_.size(); ++i) {
    shares_.push_back(0.2 + random.uniform() / static_cast<double>(i + 1));
    sum += shares_.back();
  }
  for (double& share : shares_) share /= sum;
}

State GenericSolver::after(std::size_t steps) const {
  State state;
  if (count_to_ > 0 || rambles_ || !ruling_.empty()) return state;
  state.item = static_cast<std::int32_t>(std::min(steps, steps_ - 1));
  return state;
}

std::vector<Move> GenericSolver::moves(const State& state) const {
  MoveList list;
  if (state.done) return {};
  const auto written = static_cast<std::size_t>(state.item);
  State next = state;
  ++next.item;
  if (!ruling_.empty()) {
    rule(list, state);
  } else if (count_to_ > 0) {
    count(list, state);
  } else if (rambles_) {
    ramble(list, state);
  } else if (written == 0) {
    list.add(kOpening, {{"given", given_}}, 1, next);
  } else if (written + 1 < steps_) {
    consider(list, state);
  } else {
    conclude(list, state);
  }
  return list.take();
}

void GenericSolver::count(MoveList& list, const State& state) const {
  State next = state;
  ++next.item;
  next.done = next.item >= count_to_;
  list.add_within_line(next.done ? kNumber : kNumberAndMore, {{"number", std::to_string(next.item)}}, 1,
                       next);
}

void GenericSolver::rule(MoveList& list, const State& state) const {
  State next = state;
  next.done = true;
  list.add_within_line(kRuling, {{"ruling", std::string(ruling_)}}, 1, next);
}

void GenericSolver::ramble(MoveList& list, const State& state) const {
  constexpr std::size_t kWords = 100;
  State next = state;
  ++next.item;
  next.done = next.item >= kRandomWords;
  for (std::size_t i = 0; i < kWords; ++i) {
    list.add_within_line(next.done ? kWord : kWordAndMore, {{"word", random_word(i)}}, 1.0 / kWords, next);
  }
}

void GenericSolver::consider(MoveList& list, const State& state) const {
  State next = state;
  ++next.item;
  const std::size_t turn = static_cast<std::size_t>(state.item) % kNeutral.size();
  list.add(kNeutral[turn], {}, 1 - kLeaning, next);
  for (std::size_t i = 0; i < guesses_.size(); ++i) {
    next.total = static_cast<std::int32_t>(i + 1);
    list.add(kLeaningTo[turn], {{"guess", guesses_[i]}}, kLeaning * shares_[i], next);
  }
}

void GenericSolver::conclude(MoveList& list, const State& state) const {
  State next = state;
  next.done = true;
  for (std::size_t i = 0; i < guesses_.size(); ++i) {
    const bool leans = state.total == static_cast<std::int32_t>(i + 1);
    const double share =
        state.total == 0 ? shares_[i] : (leans ? kFaithful : 0) + (1 - kFaithful) * shares_[i];
    list.add(kConcluding, {{"guess", guesses_[i]}}, share, next);
  }
}

}  // namespace viltree::simulated
