#include "stored_line.hpp"

#include <viltree/codec/codec.hpp>

#include <nlohmann/json.hpp>

namespace viltree::codec {

core::Result<domain::Judgement> decode_judgement(std::string_view line) {
  constexpr std::string_view kWhat = "judgement";
  const auto document = parse_line(line, kWhat);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  domain::Judgement judgement;
  judgement.problem_id = fields.text("problem_id");
  if (fields.has("node_id")) {
    judgement.node_id = fields.small("node_id");
  } else {
    judgement.process = fields.text("process");
  }
  if (!document->contains("first_wrong")) {
    fields.complain("first_wrong", "is missing: the step's place from 0, or null where no step is wrong");
  } else if (fields.has("first_wrong")) {
    judgement.first_wrong = fields.small("first_wrong");
  }
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return judgement;
}

}  // namespace viltree::codec
