#include "chat_request.hpp"

#include "json.hpp"

namespace viltree::http {

namespace {

/// A JSON object without its opening brace, to be put behind other members.
std::string members(const nlohmann::ordered_json& object) {
  return object.dump().substr(1);
}

Segment write_head(const std::string& model, const policy::SamplingOptions& sampling) {
  nlohmann::ordered_json head = {
      {"model", model}, {"temperature", sampling.temperature}, {"top_p", sampling.top_p}};
  if (!sampling.stop.empty()) head["stop"] = sampling.stop;
  std::string text = head.dump();
  text.back() = ',';
  return make_segment(std::move(text));
}

}  // namespace

ChatRequestWriter::ChatRequestWriter(std::string model, const policy::SamplingOptions& sampling,
                                     const Dialect& dialect)
    : model_(std::move(model)),
      dialect_(dialect),
      has_stop_(!sampling.stop.empty()),
      // Servers refuse several choices where all would be the same.
      choices_per_request_(sampling.temperature == 0 ? 1 : dialect.choices_per_request),
      head_(write_head(model_, sampling)) {}

Segment ChatRequestWriter::write_prefix(std::string_view prefix) {
  if (prefix.empty()) return make_segment({});
  return make_segment(R"(,{"role":"assistant","content":)" + json_string(prefix) + '}');
}

Body ChatRequestWriter::write(const ChatPrompt& prompt, const Segment& prefix, const ChatDraw& draw) const {
  nlohmann::ordered_json tail = {
      {"n", draw.n}, {"max_tokens", draw.max_tokens}, {"seed", draw.seed & dialect_.greatest_seed}};
  dialect_.add_keys({.has_prefix = !prefix->empty(), .has_stop = has_stop_}, tail);
  Body body;
  body.append(head_);
  body.append(prompt.segments());
  body.append(prefix);
  body.append(make_segment("]," + members(tail)));
  return body;
}

}  // namespace viltree::http
