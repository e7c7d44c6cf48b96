#include "names.hpp"

#include "../scan.hpp"

#include <algorithm>
#include <array>

namespace viltree::checker::math {

namespace {

struct Entry {
  std::string_view from;
  std::string_view to;
};

constexpr std::array<Entry, 30> kFunctions = {
    {{"sin", "sin"},       {"cos", "cos"},       {"tan", "tan"},       {"cot", "cot"},
     {"sec", "sec"},       {"csc", "csc"},       {"cosec", "csc"},     {"tg", "tan"},
     {"ctg", "cot"},       {"arcsin", "arcsin"}, {"arccos", "arccos"}, {"arctan", "arctan"},
     {"asin", "arcsin"},   {"acos", "arccos"},   {"atan", "arctan"},   {"arcsec", "arcsec"},
     {"arccsc", "arccsc"}, {"arccot", "arccot"}, {"sinh", "sinh"},     {"cosh", "cosh"},
     {"tanh", "tanh"},     {"coth", "coth"},     {"ln", "ln"},         {"log", "log"},
     {"lg", "lg"},         {"exp", "exp"},       {"sqrt", "sqrt"},     {"abs", "abs"},
     {"floor", "floor"},   {"ceil", "ceil"}}};

struct Relation {
  std::string_view command;
  char sign;
};

constexpr std::array<Relation, 19> kRelations = {{{"\\le", 'l'},
                                                  {"\\leq", 'l'},
                                                  {"\\leqslant", 'l'},
                                                  {"\\leqq", 'l'},
                                                  {"\\ge", 'g'},
                                                  {"\\geq", 'g'},
                                                  {"\\geqslant", 'g'},
                                                  {"\\geqq", 'g'},
                                                  {"\\lt", '<'},
                                                  {"\\gt", '>'},
                                                  {"\\ne", 'n'},
                                                  {"\\neq", 'n'},
                                                  {"\\in", 'e'},
                                                  {"\\approx", '='},
                                                  {"\\equiv", '='},
                                                  {"\\simeq", '='},
                                                  {"\\cong", '='},
                                                  {"\\eq", '='},
                                                  {"\\doteq", '='}}};

constexpr std::array<std::string_view, 42> kLetters = {
    "alpha",    "beta",  "gamma",    "delta",  "epsilon", "varepsilon", "zeta",   "eta",     "theta",
    "vartheta", "iota",  "kappa",    "lambda", "mu",      "nu",         "xi",     "omicron", "rho",
    "varrho",   "sigma", "varsigma", "tau",    "upsilon", "phi",        "varphi", "chi",     "psi",
    "omega",    "Gamma", "Delta",    "Theta",  "Lambda",  "Xi",         "Pi",     "Sigma",   "Upsilon",
    "Phi",      "Psi",   "Omega",    "ell",    "hbar",    "partial"};

constexpr std::array<std::string_view, 11> kTexts = {"\\text",   "\\textbf", "\\textit",      "\\textrm",
                                                     "\\textsf", "\\texttt", "\\textnormal",  "\\mathrm",
                                                     "\\mbox",   "\\hbox",   "\\operatorname"};

constexpr std::array<std::string_view, 4> kFractions = {"\\frac", "\\dfrac", "\\tfrac", "\\cfrac"};

constexpr std::array<std::string_view, 61> kShortWords = {
    "the", "of",  "is",  "it",  "its", "in",  "on",  "at",  "to",  "by",  "if",  "no",  "not",
    "yes", "so",  "as",  "an",  "are", "was", "be",  "we",  "he",  "she", "her", "his", "you",
    "all", "any", "one", "two", "six", "ten", "sum", "for", "but", "has", "had", "can", "may",
    "per", "day", "cm",  "mm",  "km",  "kg",  "mg",  "ml",  "hr",  "hrs", "sec", "ft",  "deg",
    "mph", "rad", "min", "nor", "too", "set", "who", "how", "why"};

}  // namespace

bool is_short_word(std::string_view low) {
  return one_of(low, kShortWords);
}

std::string_view function_named(std::string_view word) {
  const auto* const found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                         [&](const Entry& entry) { return entry.from == word; });
  return found == kFunctions.end() ? std::string_view() : found->to;
}

char relation_of(std::string_view command) {
  const auto* const found = std::find_if(kRelations.begin(), kRelations.end(),
                                         [&](const Relation& one) { return one.command == command; });
  return found == kRelations.end() ? '\0' : found->sign;
}

bool is_letter_command(std::string_view command) {
  return command.size() > 1 && one_of(command.substr(1), kLetters);
}

bool is_text_command(std::string_view command) {
  return one_of(command, kTexts);
}

bool is_fraction_command(std::string_view command) {
  return one_of(command, kFractions);
}

}  // namespace viltree::checker::math
