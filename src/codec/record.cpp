#include "common.hpp"
#include "ruling.hpp"

#include <viltree/codec/codec.hpp>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kWhat = "journal record";

/// [offset, centinats, offset, centinats, …], each offset as the difference from the one before: some 8 bytes
/// each.
void write_decisions(json::Writer& json, const std::vector<domain::Decision>& decisions) {
  json.key("decisions").begin_array();
  std::uint32_t before = 0;
  for (const domain::Decision& decision : decisions) {
    json.integer(decision.offset - before).integer(decision.centinats);
    before = decision.offset;
  }
  json.end_array();
}

std::uint64_t number_or(const json::Value& value, std::uint64_t otherwise) {
  return value.is_number_unsigned() ? value.get<std::uint64_t>() : otherwise;
}

/// Left out where they are unknown.
std::optional<std::vector<domain::Decision>> read_decisions(const Fields& fields, std::size_t text_size) {
  if (!fields.has("decisions")) return std::nullopt;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint16_t>::max();
  const json::Value& numbers = fields.array("decisions");
  std::vector<domain::Decision> decisions;
  std::uint64_t offset = 0;
  bool fits = numbers.size() % 2 == 0;
  for (std::size_t i = 0; fits && i < numbers.size(); i += 2) {
    const std::uint64_t further = number_or(numbers[i], text_size);
    const std::uint64_t centinats = number_or(numbers[i + 1], kMost + 1);
    fits = further < text_size - offset && (further > 0 || i == 0) && centinats <= kMost;
    offset += fits ? further : 0;
    if (fits)
      decisions.push_back({static_cast<std::uint32_t>(offset), static_cast<std::uint16_t>(centinats)});
  }
  if (!fits) fields.complain("decisions", "is not a list of places in the text, each with its nats");
  return decisions;
}

void write_rollout(json::Writer& json, const domain::Rollout& rollout) {
  json.begin_object().exact_member("text", rollout.completion.text);
  write_outcome(json, {rollout.completion.finish, rollout.verdict, rollout.completion.tokens,
                       rollout.completion.logprob, rollout.answer});
  if (rollout.completion.decisions) write_decisions(json, *rollout.completion.decisions);
  if (rollout.to_judge) json.key("to_judge").boolean(true);
  json.end_object();
}

std::size_t decision_bytes(const domain::Rollout& rollout) {
  return rollout.completion.decisions ? 8 * rollout.completion.decisions->size() : 0;
}

std::size_t size_hint(const domain::TreeEvent& event) {
  std::size_t size = 256;
  for (const domain::Rollout& rollout : event.rollouts)
    size += rollout.completion.text.size() + 160 + decision_bytes(rollout);
  return size + size / 16;
}

void write_event(json::Writer& json, const domain::TreeEvent& event) {
  json.key("ticket").integer(event.ticket.value);
  write_bill(json, "policy", event.bill);
  if (event.refusal) json.exact_member("refusal", *event.refusal);
  json.key("rollouts").begin_array();
  for (const domain::Rollout& rollout : event.rollouts) write_rollout(json, rollout);
  json.end_array();
}

domain::Rollout read_rollout(const Fields& fields) {
  domain::Rollout rollout = read_outcome(fields);
  rollout.completion.text = fields.text("text");
  rollout.completion.decisions = read_decisions(fields, rollout.completion.text.size());
  rollout.to_judge = fields.has("to_judge") && fields.boolean("to_judge");
  if (rollout.to_judge && !rollout.answer) fields.complain("to_judge", "is set, but there is no answer");
  return rollout;
}

domain::TreeEvent read_event(const Fields& fields) {
  domain::TreeEvent event;
  event.ticket.value = fields.small("ticket");
  if (event.ticket.value == 0) fields.complain("ticket", "is 0, but tickets count from 1");
  event.bill = read_bill(fields, "policy");
  event.refusal = fields.optional_text("refusal");
  const json::Value& rollouts = fields.array("rollouts");
  if (event.refusal && !rollouts.empty()) fields.complain("rollouts", "are there beside a refusal");
  for (std::size_t i = 0; i < rollouts.size(); ++i)
    event.rollouts.push_back(read_rollout(fields.element("rollouts", rollouts, i)));
  return event;
}

}  // namespace

std::string encode_record(const JournalRecord& record) {
  const auto* const event = std::get_if<domain::TreeEvent>(&record.content);
  std::string line;
  if (event != nullptr) line.reserve(size_hint(*event));
  json::Writer json(line);
  json.begin_object().key("version").integer(kVersion);
  json.key("problem").integer(record.problem.value).exact_member("id", record.problem_id);
  json.exact_member("fingerprint", record.fingerprint);
  if (event != nullptr) {
    write_event(json, *event);
  } else {
    write_ruling(json.key("ruling"), std::get<domain::Ruling>(record.content));
  }
  json.end_object();
  return line;
}

core::Result<JournalRecord> decode_record(std::string_view line) {
  const auto document = parse_line(line, kWhat, kVersion);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  JournalRecord record;
  record.problem.value = fields.integer("problem");
  record.problem_id = fields.text("id");
  record.fingerprint = fields.text("fingerprint");
  if (fields.has("ruling")) {
    record.content = read_ruling(fields.object("ruling"));
  } else {
    record.content = read_event(fields);
  }
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return record;
}

}  // namespace viltree::codec
