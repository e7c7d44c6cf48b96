#include "record.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace viltree::dataset {

using core::ErrorKind;
using core::fail;
using core::Result;
using core::Status;
using nlohmann::json;

namespace {

constexpr std::size_t kShownBytes = 40;

/// The greatest nesting of a text that may be JSON, without recursion: the parser would put each level on the
/// stack.
std::size_t greatest_depth(std::string_view text) {
  std::size_t depth = 0;
  std::size_t greatest = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      greatest = std::max(greatest, ++depth);
    } else if (!in_string && (c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return greatest;
}

/// The library's message without its own prefix and without "line 1".
std::string reason_of(const json::parse_error& error) {
  const std::string_view what = error.what();
  const std::size_t syntax = what.find("syntax error");
  return "invalid JSON at byte " + std::to_string(error.byte) + ": " +
         std::string(syntax == std::string_view::npos ? what : what.substr(syntax)).substr(0, 200);
}

Result<json> parse_object(std::string_view line) {
  if (!core::is_utf8(line)) return fail(ErrorKind::kInvalidInput, "invalid UTF-8");
  if (greatest_depth(line) > core::limits::kJsonDepth) {
    return fail(ErrorKind::kInvalidInput,
                "JSON nested deeper than " + std::to_string(core::limits::kJsonDepth) + " levels");
  }
  try {
    json object = json::parse(line);
    if (!object.is_object())
      return fail(ErrorKind::kInvalidInput, std::string("a JSON ") + object.type_name() + ", not an object");
    return object;
  } catch (const json::parse_error& error) {
    return fail(ErrorKind::kInvalidInput, core::repair_utf8(reason_of(error)));
  } catch (const json::out_of_range& error) {
    return fail(ErrorKind::kInvalidInput, std::string("invalid JSON: ") + error.what());
  }
}

/// One line's fields by the names that the configuration gives them.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  /// Null where the line has no such field, where it is null, or where the field has no name.
  [[nodiscard]] const json* find(const std::string& name) const {
    const auto found = name.empty() ? object_.end() : object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }

  /// A text, or a number as it is written; empty where there is none.
  [[nodiscard]] Result<std::string> text(const std::string& name) const {
    const json* value = find(name);
    return value == nullptr ? std::string() : text_of(*value, name);
  }

  /// A list of texts, or one text alone where `single`.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& name, bool single) const {
    std::vector<std::string> texts;
    const json* value = find(name);
    if (value == nullptr) return texts;
    if (!value->is_array() && !single) return wrong_type(*value, name, "a list of texts");
    const auto add = [&](const json& element) -> Status {
      auto text = text_of(element, name);
      if (!text) return fail(text.error());
      texts.push_back(*std::move(text));
      return {};
    };
    if (!value->is_array()) {
      if (auto added = add(*value); !added) return fail(added.error());
      return texts;
    }
    for (const json& element : *value) {
      if (auto added = add(element); !added) return fail(added.error());
    }
    return texts;
  }

 private:
  static Result<std::string> text_of(const json& value, const std::string& name) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number()) return value.dump();
    return wrong_type(value, name, "a text or a number");
  }

  static tl::unexpected<core::Error> wrong_type(const json& value, const std::string& name,
                                                const char* expected) {
    return fail(ErrorKind::kInvalidInput,
                "'" + name + "' must be " + expected + ", not " + value.type_name());
  }

  const json& object_;
};

Status read_texts(const Fields& fields, std::uint64_t line_number, const FieldNames& names,
                  domain::Problem& problem) {
  const auto take = [&](const std::string& name, std::string& into) -> Status {
    auto text = fields.text(name);
    if (!text) return fail(text.error());
    into = *std::move(text);
    return {};
  };
  if (auto done = take(names.id, problem.id); !done) return done;
  if (auto done = take(names.question, problem.question); !done) return done;
  if (auto done = take(names.source, problem.source); !done) return done;
  if (auto done = take(names.split, problem.split); !done) return done;
  if (problem.id.empty()) problem.id = "line-" + std::to_string(line_number);
  if (!core::trim(problem.question).empty()) return {};
  return fail(ErrorKind::kInvalidInput, "no question (field '" + names.question + "')");
}

Result<domain::AnswerKind> read_kind(const Fields& fields, const SourceOptions& options) {
  const auto name = fields.text(options.fields.answer_type);
  if (!name) return fail(name.error());
  if (name->empty()) return options.answer_kind;
  if (const auto kind = domain::answer_kind_from(*name)) return *kind;
  return fail(ErrorKind::kInvalidInput,
              "unknown answer type '" + name->substr(0, kShownBytes) + "' in field '" +
                  options.fields.answer_type +
                  "'; use auto or another of dataset.answer.type, or give the field "
                  "another name in dataset.fields.answer_type");
}

Result<std::string> read_answer(const Fields& fields, const SourceOptions& options) {
  auto answer = fields.text(options.fields.answer);
  if (!answer) return answer;
  std::string_view text = *answer;
  const json* value = fields.find(options.fields.answer);
  if (!options.answer_after.empty() && value != nullptr && value->is_string()) {
    const std::size_t mark = text.rfind(options.answer_after);
    if (mark == std::string_view::npos) {
      return fail(ErrorKind::kInvalidInput,
                  "no '" + options.answer_after + "' in the answer (dataset.answer.after)");
    }
    text.remove_prefix(mark + options.answer_after.size());
  }
  text = core::trim(text);
  if (text.empty())
    return fail(ErrorKind::kInvalidInput, "no answer (field '" + options.fields.answer + "')");
  return std::string(text);
}

Result<std::vector<std::string>> read_image_names(const Fields& fields, const std::string& name) {
  auto names = fields.list(name, true);
  if (!names) return names;
  std::erase_if(*names, [](const std::string& reference) { return reference.empty(); });
  if (names->size() <= core::limits::kImagesPerProblem) return names;
  return fail(ErrorKind::kInvalidInput, std::to_string(names->size()) + " images, more than " +
                                            std::to_string(core::limits::kImagesPerProblem));
}

}  // namespace

Result<Record> read_record(std::string_view line, std::uint64_t line_number, const SourceOptions& options) {
  const auto object = parse_object(line);
  if (!object) return fail(object.error());
  const Fields fields(*object);
  Record record;
  domain::Problem& problem = record.problem;
  if (auto done = read_texts(fields, line_number, options.fields, problem); !done) return fail(done.error());
  auto kind = read_kind(fields, options);
  if (!kind) return fail(kind.error());
  auto answer = read_answer(fields, options);
  if (!answer) return fail(answer.error());
  auto choices = fields.list(options.fields.choices, false);
  if (!choices) return fail(choices.error());
  auto images = read_image_names(fields, options.fields.images);
  if (!images) return fail(images.error());
  problem.answer_kind = *kind;
  problem.answer = *std::move(answer);
  problem.choices = *std::move(choices);
  record.images = *std::move(images);
  if (auto comparable = checker::check_reference(problem); !comparable) return fail(comparable.error());
  return record;
}

}  // namespace viltree::dataset
