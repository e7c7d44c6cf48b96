#include "record.hpp"

#include <viltree/checker/checker.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/value.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

namespace viltree::dataset {

using core::ErrorKind;
using core::fail;
using core::Result;
using core::Status;

namespace {

constexpr std::size_t kShownBytes = 40;

Result<json::Value> parse_object(std::string_view line) {
  auto object = json::parse(line);
  if (!object) return fail(ErrorKind::kInvalidInput, json::defect_of(line));
  if (object->is_object()) return *std::move(object);
  return fail(ErrorKind::kInvalidInput, std::string("a JSON ") + object->type_name() + ", not an object");
}

/// One line's fields by the names that the configuration gives them.
class Fields {
 public:
  explicit Fields(const json::Value& object) : object_(object) {}

  /// Null where the line has no such field, where it is null, or where the field has no name.
  [[nodiscard]] const json::Value* find(const std::string& name) const {
    return name.empty() ? nullptr : json::find_not_null(object_, name);
  }

  /// A text, or a number as it is written; empty where there is none.
  [[nodiscard]] Result<std::string> text(const std::string& name) const {
    const json::Value* value = find(name);
    return value == nullptr ? std::string() : text_of(*value, name);
  }

  /// A list of texts, or one text alone where `single`.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& name, bool single) const {
    std::vector<std::string> texts;
    const json::Value* value = find(name);
    if (value == nullptr) return texts;
    if (!value->is_array() && !single) return wrong_type(*value, name, "a list of texts");
    const auto add = [&](const json::Value& element) -> Status {
      auto text = text_of(element, name);
      if (!text) return fail(text.error());
      texts.push_back(*std::move(text));
      return {};
    };
    if (!value->is_array()) {
      if (auto added = add(*value); !added) return fail(added.error());
      return texts;
    }
    for (const json::Value& element : *value) {
      if (auto added = add(element); !added) return fail(added.error());
    }
    return texts;
  }

 private:
  static Result<std::string> text_of(const json::Value& value, const std::string& name) {
    if (auto text = json::text_of(value)) return *std::move(text);
    return wrong_type(value, name, "a text or a number");
  }

  static tl::unexpected<core::Error> wrong_type(const json::Value& value, const std::string& name,
                                                const char* expected) {
    return fail(ErrorKind::kInvalidInput,
                "'" + name + "' must be " + expected + ", not " + value.type_name());
  }

  const json::Value& object_;
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
  const json::Value* value = fields.find(options.fields.answer);
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
