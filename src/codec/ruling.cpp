#include "ruling.hpp"

#include "common.hpp"

namespace viltree::codec {

using domain::Verdict;

void write_ruling(json::Writer& json, const domain::Ruling& ruling) {
  json.begin_object().exact_member("answer", ruling.answer).key("rules").text(name(ruling.rules));
  json.key("verdict").text(name(ruling.verdict)).exact_member("reply", ruling.reply);
  write_bill(json, "judge", ruling.bill);
  json.end_object();
}

domain::Ruling read_ruling(const Fields& fields) {
  domain::Ruling ruling;
  ruling.answer = fields.text("answer");
  ruling.rules = fields.one_of("rules", &domain::verdict_from);
  ruling.verdict = fields.one_of("verdict", &domain::verdict_from);
  ruling.reply = fields.text("reply");
  ruling.bill = read_bill(fields, "judge");
  const auto is_one_of = [](Verdict verdict, Verdict third) {
    return verdict == Verdict::kRight || verdict == Verdict::kWrong || verdict == third;
  };
  if (!is_one_of(ruling.rules, Verdict::kUnparsed)) fields.complain("rules", "is nothing that rules say");
  if (!is_one_of(ruling.verdict, Verdict::kFailed))
    fields.complain("verdict", "is nothing that a judge says");
  return ruling;
}

}  // namespace viltree::codec
