#include "stored_line.hpp"

#include <viltree/codec/checked_line.hpp>
#include <viltree/json/writer.hpp>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

std::string required_text(const json::Value& document, const Fields& fields, const char* name) {
  const json::Value* found = json::find(document, name);
  auto text = found == nullptr ? std::nullopt : json::text_of(*found);
  if (!text) fields.complain(name, "is missing, or neither text nor a number");
  return std::move(text).value_or("");
}

LineId read_id(const json::Value& document, const Fields& fields) {
  const json::Value* found = json::find_not_null(document, "id");
  if (found == nullptr) return {};
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_unsigned()) return found->get<std::uint64_t>();
  fields.complain("id", "is neither text nor a whole number");
  return {};
}

std::vector<std::string> read_choices(const Fields& fields) {
  std::vector<std::string> choices;
  if (!fields.has("choices")) return choices;
  for (const json::Value& choice : fields.array("choices")) {
    if (auto text = json::text_of(choice)) {
      choices.push_back(*std::move(text));
    } else {
      fields.complain("choices", "has an entry that is neither text nor a number");
    }
  }
  return choices;
}

void write_id(json::Writer& json, const LineId& id) {
  if (const auto* text = std::get_if<std::string>(&id)) json.key("id").text(*text);
  if (const auto* number = std::get_if<std::uint64_t>(&id)) json.key("id").integer(*number);
}

}  // namespace

core::Result<CheckRequest> decode_check_request(std::string_view line, domain::AnswerKind kind) {
  constexpr std::string_view kWhat = "request";
  const auto document = parse_line(line, kWhat);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  CheckRequest request;
  request.id = read_id(*document, fields);
  request.problem.answer = required_text(*document, fields, "gold");
  request.response = required_text(*document, fields, "response");
  request.problem.question = fields.optional_text("question").value_or("");
  request.problem.choices = read_choices(fields);
  request.problem.answer_kind = fields.has("type") ? fields.one_of("type", &domain::answer_kind_from) : kind;
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return request;
}

std::string encode_checked_line(const CheckedLine& checked) {
  std::string line;
  json::Writer json(line);
  json.begin_object();
  write_id(json, checked.id);
  if (checked.error) {
    json.key("line").integer(checked.error->line).key("error").text(checked.error->reason).end_object();
    return line;
  }
  json.key("verdict").text(domain::name(checked.verdict)).key("answer");
  checked.answer ? json.text(*checked.answer) : json.null();
  json.key("rule");
  checked.place ? json.text(checked.place->rule) : json.null();
  json.key("begin").integer_or_null(checked.place ? std::optional(checked.place->begin) : std::nullopt);
  json.key("bytes").integer_or_null(checked.place ? std::optional(checked.place->bytes) : std::nullopt);
  json.end_object();
  return line;
}

}  // namespace viltree::codec
