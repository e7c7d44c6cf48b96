#include "request_writer.hpp"

#include <viltree/core/check.hpp>
#include <viltree/json/writer.hpp>
#include <viltree/policy/reprompt.hpp>

#include <nlohmann/json.hpp>

namespace viltree::http {

namespace {

/// A JSON object without its opening brace, to be put behind other members.
std::string members(const json::OrderedValue& object) {
  return object.dump().substr(1);
}

std::string write_head(const WriterOptions& options) {
  const policy::SamplingOptions& sampling = options.sampling;
  json::OrderedValue head = {
      {"model", options.model}, {"temperature", sampling.temperature}, {"top_p", sampling.top_p}};
  if (!sampling.stop.empty()) head["stop"] = sampling.stop;
  std::string text = head.dump();
  text.back() = ',';
  if (options.continuation == Continuation::kRaw) return text + R"("prompt":")";
  text += R"("messages":[)";
  if (!options.system.empty()) {
    text += R"({"role":"system","content":")" + json::escaped(options.system) + "\"},";
  }
  return text + R"({"role":"user","content":)";
}

/// What replaces the server's defaults, then what the run adds to that or sets in its place; where both are
/// objects, their members.
std::string write_settings(const WriterOptions& options, bool may_think) {
  auto settings = json::OrderedValue::object();
  if (options.dialect->add_settings != nullptr) options.dialect->add_settings(settings);
  if (may_think) settings.erase(std::string(options.dialect->thinking_setting));
  if (!options.extra.empty()) {
    const auto extra = json::parse_ordered(options.extra);
    VILTREE_CHECK(extra && extra->is_object());  // by check_options()
    settings.update(*extra, /*merge_objects=*/true);
  }
  return members(settings);
}

}  // namespace

Segment make_prefix(std::string_view prefix) {
  return make_segment(json::escaped(prefix));
}

RequestWriter::RequestWriter(WriterOptions options)
    : options_(std::move(options)),
      // Servers refuse several choices where all would be the same.
      choices_per_request_(options_.sampling.temperature == 0 ? 1 : options_.dialect->choices_per_request),
      head_(write_head(options_)),
      thinking_settings_(write_settings(options_, true)),
      settings_(write_settings(options_, false)),
      file_root_(json::escaped("file://" + options_.media_path + "/")) {
  if (options_.continuation != Continuation::kRaw) return;
  const RenderedTemplate raw = render(options_.chat_template, options_.system);
  raw_before_ = json::escaped(raw.before);
  raw_after_ = json::escaped(raw.after);
}

std::string_view RequestWriter::path() const {
  return options_.continuation == Continuation::kRaw ? "/completions" : "/chat/completions";
}

Body RequestWriter::write(const ChatPrompt& prompt, const Segment& prefix, const RequestDraw& draw) const {
  BodyBuilder body;
  body.text(head_);
  if (options_.continuation == Continuation::kRaw) {
    write_raw(prompt, prefix, body);
  } else {
    write_messages(prompt, prefix, draw.images_by_name, body);
  }
  body.text(tail(draw, !prefix->empty()));
  return std::move(body).take();
}

/// From the user's content to the end of the list.
void RequestWriter::write_messages(const ChatPrompt& prompt, const Segment& prefix, bool by_name,
                                   BodyBuilder& body) const {
  write_content(prompt, prefix, by_name, body);
  body.text("}");
  if (options_.continuation == Continuation::kMessage && !prefix->empty()) {
    body.text(R"(,{"role":"assistant","content":")");
    body.shared(prefix);
    body.text(R"("})");
  }
  body.text("],");
}

/// A string where there are no images, else a list of parts.
void RequestWriter::write_content(const ChatPrompt& prompt, const Segment& prefix, bool by_name,
                                  BodyBuilder& body) const {
  const bool list = prompt.has_images();
  const bool reprompts = options_.continuation == Continuation::kReprompt && !prefix->empty();
  const auto open_text = [&] { body.text(list ? R"({"type":"text","text":")" : ""); };
  const auto close_text = [&] { body.text(list ? R"("})" : ""); };
  body.text(list ? "[" : "\"");
  bool first = true;
  for (const PromptPart& part : prompt.parts()) {
    if (list && !first) body.text(",");
    first = false;
    if (const auto* image = std::get_if<PromptImage>(&part)) {
      write_image(*image, by_name, body);
      continue;
    }
    open_text();
    body.shared(std::get<Segment>(part));
    close_text();
  }
  if (reprompts) {
    if (list && !first) body.text(",");
    open_text();
    body.text(json::escaped(policy::kRepromptHead));
    body.shared(prefix);
    body.text(json::escaped(policy::kRepromptTail));
    close_text();
  }
  body.text(list ? "]" : "\"");
}

void RequestWriter::write_image(const PromptImage& image, bool by_name, BodyBuilder& body) const {
  if (options_.images == ImageMode::kUuid && by_name) {
    body.text(R"({"type":"image_url","image_url":null,"uuid":")");
    body.text(*image.name);
    body.text(R"("})");
    return;
  }
  body.text(R"({"type":"image_url","image_url":{"url":")");
  if (options_.images == ImageMode::kFile && !image.path->empty()) {
    body.text(file_root_);
    body.text(*image.path);
  } else {
    body.shared(image.data_url);
  }
  if (options_.images != ImageMode::kUuid) return body.text(R"("}})");
  body.text(R"("},"uuid":")");
  body.text(*image.name);
  body.text(R"("})");
}

/// The rest of the prompt's text, and its closing quote.
void RequestWriter::write_raw(const ChatPrompt& prompt, const Segment& prefix, BodyBuilder& body) const {
  body.text(raw_before_);
  for (const PromptPart& part : prompt.parts()) {
    if (const auto* image = std::get_if<PromptImage>(&part)) {
      body.text("![](");
      body.shared(image->data_url);
      body.text(")");
    } else {
      body.shared(std::get<Segment>(part));
    }
  }
  body.text(raw_after_);
  body.shared(prefix);
  body.text("\",");
}

std::string RequestWriter::tail(const RequestDraw& draw, bool has_prefix) const {
  const Dialect& dialect = *options_.dialect;
  const bool raw = options_.continuation == Continuation::kRaw;
  json::OrderedValue tail = {{"n", draw.n}, {"max_tokens", draw.max_tokens}, {"seed", draw.seed}};
  if (options_.logprobs) {
    if (raw) {
      tail["logprobs"] = 1;
    } else {
      tail["logprobs"] = true;
    }
  }
  if (options_.stream) {
    tail["stream"] = true;
    if (dialect.has_stream_options) tail["stream_options"] = {{"include_usage", true}};
  }
  const bool goes_on = has_prefix && options_.continuation == Continuation::kMessage;
  const bool may_think = options_.thinking == Thinking::kDrop && !goes_on;
  if (dialect.add_keys != nullptr) dialect.add_keys({goes_on, draw.n, draw.max_tokens, may_think}, tail);
  std::string text = members(tail);
  const std::string& settings = may_think ? thinking_settings_ : settings_;
  if (settings == "}") return text;
  text.back() = ',';
  return text + settings;
}

}  // namespace viltree::http
