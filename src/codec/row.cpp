#include "stored_line.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/json/writer.hpp>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

using domain::Verdict;

constexpr std::string_view kWhat = "label row";

void write_identity(json::Writer& json, const domain::LabelRow& row) {
  json.key("index").integer(row.index).key("image_path").text(row.image_path);
  json.key("question").text(row.question).key("process").text(row.process);
  json.key("value").decimal_or_null(row.value);
  json.key("id").text(row.id).key("problem_id").text(row.problem_id);
  json.key("node_id").integer(row.node_id).key("parent_id").integer(row.parent_id);
  json.key("depth").integer(row.depth).key("step").text(row.step);
  json.key("images").begin_array();
  for (const std::string& image : row.images) json.text(image);
  json.end_array();
  json.key("answer").text(row.answer).key("source").text(row.source).key("split").text(row.split);
}

void write_evidence(json::Writer& json, const domain::LabelRow& row) {
  json.key("n_right").integer(row.evidence.of(Verdict::kRight));
  json.key("n_wrong").integer(row.evidence.of(Verdict::kWrong));
  json.key("n_truncated").integer(row.evidence.of(Verdict::kTruncated));
  json.key("n_unparsed").integer(row.evidence.of(Verdict::kUnparsed));
  json.key("n_total").integer(row.evidence.total());
  json.key("mc").decimal_or_null(row.mc);
  json.key("posterior_mean").decimal_or_null(row.posterior_mean);
  json.key("posterior_lo").decimal_or_null(row.posterior_lo);
  json.key("posterior_hi").decimal_or_null(row.posterior_hi);
  json.key("first_error_prob").decimal_or_null(row.first_error_prob);
  json.key("advantage").decimal_or_null(row.advantage);
  json.key("key_weight").decimal_or_null(row.key_weight);
}

void write_origin(json::Writer& json, const domain::LabelRow& row) {
  const auto text_or_null = [&json](const char* key, std::optional<std::string_view> text) {
    text ? json.key(key).text(*text) : json.key(key).null();
  };
  json.key("is_terminal").boolean(row.is_terminal);
  text_or_null("final_answer", row.final_answer);
  text_or_null("final_verdict",
               row.final_verdict ? std::optional(domain::name(*row.final_verdict)) : std::nullopt);
  json.key("policy").text(row.policy).key("continuation").text(row.continuation);
  json.key("checker").text(row.checker).key("seed").integer(row.seed);
  json.key("tokens").integer_or_null(row.tokens).key("config_hash").text(row.config_hash);
}

void read_identity(const Fields& fields, domain::LabelRow& row) {
  row.index = fields.integer("index");
  row.image_path = fields.text("image_path");
  row.question = fields.text("question");
  row.process = fields.text("process");
  row.value = fields.optional_decimal("value");
  row.id = fields.text("id");
  row.problem_id = fields.text("problem_id");
  row.node_id = fields.small("node_id");
  row.parent_id = fields.small("parent_id");
  row.depth = fields.small("depth");
  row.step = fields.text("step");
  row.images = fields.texts("images");
  row.answer = fields.text("answer");
  row.source = fields.text("source");
  row.split = fields.text("split");
}

/// A row tells four verdicts apart; the rest of n_total (filtered, or never answered) comes back as failed.
domain::Evidence read_counts(const Fields& fields) {
  domain::Evidence evidence;
  std::uint64_t told = 0;
  const auto read = [&](const char* name, Verdict verdict) {
    const std::uint32_t count = fields.small(name);
    evidence.add(verdict, count);
    told += count;
  };
  read("n_right", Verdict::kRight);
  read("n_wrong", Verdict::kWrong);
  read("n_truncated", Verdict::kTruncated);
  read("n_unparsed", Verdict::kUnparsed);
  const std::uint32_t total = fields.small("n_total");
  if (total < told) {
    fields.complain("n_total", "is less than its parts");
  } else {
    evidence.add(Verdict::kFailed, static_cast<std::uint32_t>(total - told));
  }
  return evidence;
}

void read_evidence(const Fields& fields, domain::LabelRow& row) {
  row.evidence = read_counts(fields);
  row.mc = fields.optional_decimal("mc");
  row.posterior_mean = fields.optional_decimal("posterior_mean");
  row.posterior_lo = fields.optional_decimal("posterior_lo");
  row.posterior_hi = fields.optional_decimal("posterior_hi");
  row.first_error_prob = fields.optional_decimal("first_error_prob");
  row.advantage = fields.optional_decimal("advantage");
  row.key_weight = fields.optional_decimal("key_weight");
}

void read_origin(const Fields& fields, domain::LabelRow& row) {
  row.is_terminal = fields.boolean("is_terminal");
  row.final_answer = fields.optional_text("final_answer");
  if (fields.optional_text("final_verdict")) {
    row.final_verdict = fields.one_of("final_verdict", &domain::verdict_from);
  }
  row.policy = fields.text("policy");
  row.continuation = fields.text("continuation");
  row.checker = fields.text("checker");
  row.seed = fields.integer("seed");
  row.tokens = fields.optional_integer("tokens");
  row.config_hash = fields.text("config_hash");
}

}  // namespace

std::string encode_row(const domain::LabelRow& row) {
  std::string line;
  line.reserve(768 + row.question.size() + row.process.size() + row.step.size());
  json::Writer json(line);
  json.begin_object();
  write_identity(json, row);
  write_evidence(json, row);
  write_origin(json, row);
  json.end_object();
  return line;
}

core::Result<domain::LabelRow> decode_row(std::string_view line) {
  const auto document = parse_line(line, kWhat);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  domain::LabelRow row;
  read_identity(fields, row);
  read_evidence(fields, row);
  read_origin(fields, row);
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return row;
}

}  // namespace viltree::codec
