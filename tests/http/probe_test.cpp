#include "probe.hpp"

#include "set_up.hpp"

#include <viltree/policy/reprompt.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace viltree;
using namespace viltree::http;
using Json = nlohmann::json;
using FindingKind = policy::Finding::Kind;

namespace {

/// A server in a few lines: what it does wrong is switched on.
struct MadeUpModel {
  bool opens_a_turn = false;
  bool trims = false;
  bool counts_tokens = true;
  bool counts_cached = true;
  bool repeats_prefix = false;
  bool ignores_n = false;
  bool same_siblings = false;
  bool ignores_seeds = false;
  bool ignores_stop = false;
  bool takes_images = true;
  bool sees_images = true;  ///< else the model gets the text alone
  std::size_t image_tokens = 64;
  bool cannot_count = false;
  bool ignores_limit = false;
  bool counts_one_sibling = false;
  std::string owned_by = "vllm";  ///< as its list says
  std::string goes_on_with = {};  ///< goes on from a prefix where this key is there alone; empty: always
  bool drops_prefix = false;      ///< its prompt has none
  bool tells_one_end = false;     ///< streams, and tells the end of the first sibling alone
  bool guesses = false;           ///< how a list goes on that it sees in a turn that is over
  bool empty_thoughts = false;    ///< its template puts them before a prefix that has no thoughts of its own
  bool begins_alike = false;      ///< what it says of a colour or a random number
  bool talks = false;             ///< instead of counting on, where stop strings are tried
};

std::string counted_on(std::string_view prefix) {
  const std::string list = "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13";
  return list.starts_with(prefix) ? list.substr(prefix.size(), 12) : " and so on";
}

std::size_t tokens_of(std::string_view text) {
  return text.size();
}

class MadeUpServer final : public Questioner {
 public:
  explicit MadeUpServer(MadeUpModel model) : model_(model) {}

  std::optional<HttpReply> ask(HttpRequest request) override {
    if (!request.body) return list();
    std::string text;
    for (const Segment& segment : request.body->segments()) text += *segment;
    HttpReply reply = reply_to(Json::parse(text));
    if (request.on_event_bytes && reply.status == 200) stream(reply, request.on_event_bytes);
    return reply;
  }
  void pause(std::chrono::milliseconds) override {}

 private:
  HttpReply list() const {
    HttpReply reply;
    reply.status = 200;
    reply.body = Json{{"data", {{{"id", "m"}, {"owned_by", model_.owned_by}}}}}.dump();
    return reply;
  }

  void stream(HttpReply& reply, const std::function<void(std::string_view)>& on_event_bytes) const {
    Json made = Json::parse(std::exchange(reply.body, {}));
    for (Json& choice : made.at("choices")) {
      choice["delta"] = choice["message"];
      choice.erase("message");
      if (model_.tells_one_end && choice["index"] != 0) choice["finish_reason"] = nullptr;
    }
    on_event_bytes("data: " + made.dump() + "\n\ndata: [DONE]\n\n");
    reply.streamed = true;
  }

  HttpReply reply_to(const Json& body) {
    HttpReply reply;
    reply.status = 200;
    const Json& user = body.at("messages").front().at("content");
    if (user.is_array() && !model_.takes_images) {
      reply.status = 400;
      reply.body = R"({"error":{"message":"this model has no eyes"}})";
      return reply;
    }
    const bool has_prefix = body.at("messages").size() > 1;
    std::string prefix = has_prefix ? body.at("messages").back().at("content").get<std::string>() : "";
    const std::size_t image = user.is_array() ? model_.image_tokens : 0;
    std::size_t tokens = 100 + image + tokens_of(prefix);
    if (model_.trims) {
      prefix.erase(prefix.find_last_not_of(" \n") + 1);
      tokens = 100 + image + tokens_of(prefix);
    }
    const bool goes_on = model_.goes_on_with.empty() || body.contains(model_.goes_on_with);
    if (has_prefix && model_.drops_prefix) {
      tokens = 105;
      prefix.clear();
    } else if (has_prefix && (model_.opens_a_turn || !goes_on)) {
      tokens += 5;
      if (!model_.guesses) prefix.clear();
    }
    if (has_prefix && model_.empty_thoughts) tokens += prefix.starts_with("<think>") ? 0 : 19;
    const bool random = user.is_string() && user.get<std::string>().find("random") != std::string::npos;
    const int n = model_.ignores_n ? 1 : body.value("n", 1);
    const auto limit = body.contains("max_tokens") ? body["max_tokens"].get<std::size_t>() : 0;
    int completion_tokens = 0;
    Json choices = Json::array();
    for (int i = 0; i < n; ++i) {
      std::string text = counted_on(prefix);
      bool cut = false;
      if (model_.cannot_count) text = "Let me think.";
      if (model_.ignores_limit && prefix.empty()) text = std::string(120, '7');
      if (user.is_array() && model_.sees_images)
        text = "Colour " + std::to_string(std::hash<std::string>()(user.dump()));
      if (random)
        text = std::to_string(
            model_.ignores_seeds ? 0 : body.at("seed").get<int>() + (model_.same_siblings ? 0 : i));
      if (model_.begins_alike && (random || (user.is_array() && model_.sees_images))) {
        text = "Let me think of that a little before I answer: " + text;
        if (text.size() > limit) text.resize(limit), cut = true;
      }
      if (body.contains("stop") && model_.talks) text = "So, now.";
      if (body.contains("stop") && !model_.ignores_stop) text = text.substr(0, text.find("5"));
      if (model_.repeats_prefix) text = prefix + text;
      const bool at_limit = cut || (!random && text.size() > limit);
      choices.push_back(
          {{"index", i}, {"message", {{"content", text}}}, {"finish_reason", at_limit ? "length" : "stop"}});
      completion_tokens += at_limit ? static_cast<int>(limit) : 1;
    }
    if (model_.counts_one_sibling) completion_tokens /= n;
    Json made = {{"choices", choices}};
    if (model_.counts_tokens)
      made["usage"] = {{"prompt_tokens", tokens}, {"completion_tokens", completion_tokens}};
    if (model_.counts_cached) made["usage"]["prompt_tokens_details"] = {{"cached_tokens", 0}};
    reply.body = made.dump();
    return reply;
  }

  MadeUpModel model_;
};

LaneSetup setup_with(std::vector<std::string> stop, bool stream = false) {
  WriterOptions options;
  options.stream = stream;
  options.model = "m";
  options.dialect = find_dialect("vllm");
  options.sampling.stop = std::move(stop);
  LaneSetup setup{
      {"http://here/v1", {}, find_dialect("vllm")}, RequestWriter(options), kAnyNumber, false, true, {}, {}};
  return setup;
}

const policy::Finding& finding_of(const LaneSetup& setup, const std::string& what) {
  for (const auto& finding : setup.findings) {
    if (finding.what == what) return finding;
  }
  throw std::logic_error("nothing was found about " + what);
}

struct Probed {
  core::Status status;
  LaneSetup setup;

  [[nodiscard]] FindingKind kind_of(const std::string& what) const { return finding_of(setup, what).kind; }
};

Probed probed(const MadeUpModel& model, std::vector<std::string> stop = {"5"}) {
  Probed result{{}, setup_with(std::move(stop), model.tells_one_end)};
  MadeUpServer server(model);
  result.status = probe(server, result.setup, {});
  return result;
}

}  // namespace

TEST_CASE("http probe: a server that does everything right is found good") {
  const auto result = probed({});
  REQUIRE_MESSAGE(result.status.has_value(), result.status.error().message);
  for (const auto& finding : result.setup.findings) {
    CAPTURE(finding.what);
    CHECK(finding.kind == FindingKind::kGood);
  }
  CHECK(result.setup.findings.size() == 5);
  CHECK_FALSE(result.setup.repeats_prefix);
  CHECK(result.setup.choices_per_request == kAnyNumber);
}

TEST_CASE("http probe: where the end of one streamed sibling is told alone, one is asked for at a time") {
  const auto result = probed({.tells_one_end = true});
  REQUIRE_MESSAGE(result.status.has_value(), result.status.error().message);
  CHECK(result.setup.choices_per_request == 1);
  CHECK(result.kind_of("siblings") == FindingKind::kCosts);
}

TEST_CASE("http probe: what would corrupt data stops it") {
  const auto refusal = [](const MadeUpModel& model) {
    const auto result = probed(model);
    REQUIRE_FALSE(result.status.has_value());
    CHECK(result.status.error().kind == core::ErrorKind::kInvalidInput);
    return result.status.error().message;
  };
  CHECK(refusal({.opens_a_turn = true}).find("without a prefix") != std::string::npos);
  CHECK(refusal({.opens_a_turn = true, .cannot_count = true}).find("dialect") != std::string::npos);
  CHECK(refusal({.counts_tokens = false, .counts_cached = false, .cannot_count = true}).find("dialect") !=
        std::string::npos);
  CHECK(refusal({.trims = true}).find("trims") != std::string::npos);
  CHECK(refusal({.same_siblings = true, .ignores_seeds = true}).find("the same") != std::string::npos);
}

TEST_CASE("http probe: a list that is guessed from a turn that is over is no continuation") {
  const auto guessed = probed({.opens_a_turn = true, .guesses = true});
  REQUIRE_FALSE(guessed.status.has_value());
  CHECK(guessed.status.error().message.find("the model guessed how a list goes on") != std::string::npos);
  CHECK(guessed.status.error().message.find("as a turn that is over") != std::string::npos);
  // Where nothing is counted, nothing shows it.
  CHECK(probed({.opens_a_turn = true, .counts_tokens = false, .counts_cached = false, .guesses = true})
            .status.has_value());
  // Templates may have as many tokens before a prefix.
  CHECK(probed({.empty_thoughts = true}).status.has_value());
}

TEST_CASE("http probe: answers that begin alike are read on before they count as the same") {
  const auto result = probed({.image_tokens = 8, .begins_alike = true});
  REQUIRE_MESSAGE(result.status.has_value(), result.status.error().message);
  CHECK(result.setup.choices_per_request == kAnyNumber);
  CHECK(result.setup.takes_images);
  CHECK(finding_of(result.setup, "images").text == "they are seen");
  const auto uncounted = probed({.counts_tokens = false, .counts_cached = false, .begins_alike = true});
  CHECK(uncounted.setup.takes_images);
  CHECK_FALSE(
      probed({.same_siblings = true, .ignores_seeds = true, .begins_alike = true}).status.has_value());
}

TEST_CASE("http probe: stop strings end a text where one was seen to end") {
  const auto result = probed({.talks = true});
  REQUIRE(result.status.has_value());
  CHECK(result.kind_of("stop strings") == FindingKind::kCosts);
  CHECK(finding_of(result.setup, "stop strings").text.find("was not found out") != std::string::npos);
}

TEST_CASE("http probe: a model that cannot count is known by its prompts' tokens, if it goes on") {
  MadeUpModel model;
  model.cannot_count = true;
  const auto fresh = probed(model);
  // It says the same with and without a prefix, which is what a closed turn looks like.
  CHECK_FALSE(fresh.status.has_value());
}

TEST_CASE("http probe: what merely costs is said, and taken into account") {
  const auto few = probed({.ignores_n = true});
  REQUIRE(few.status.has_value());
  CHECK(few.kind_of("siblings") == FindingKind::kCosts);
  CHECK(few.setup.choices_per_request == 1);
  const auto same = probed({.same_siblings = true});
  REQUIRE(same.status.has_value());
  CHECK(same.kind_of("siblings") == FindingKind::kCosts);
  CHECK(same.setup.choices_per_request == 1);
  CHECK(probed({.counts_cached = false}).kind_of("usage") == FindingKind::kCosts);
  CHECK(probed({.counts_tokens = false, .counts_cached = false}).kind_of("usage") == FindingKind::kCosts);
  CHECK(probed({.ignores_stop = true}).kind_of("stop strings") == FindingKind::kCosts);
  CHECK(probed({}, {}).setup.findings.size() == 4);  // without stop strings nothing is asked about them
}

TEST_CASE("http probe: a server that repeats the prefix is seen") {
  const auto result = probed({.repeats_prefix = true});
  REQUIRE(result.status.has_value());
  CHECK(result.setup.repeats_prefix);
}

TEST_CASE("http probe: a server without eyes is seen") {
  const auto result = probed({.takes_images = false});
  REQUIRE(result.status.has_value());
  CHECK_FALSE(result.setup.takes_images);
}

TEST_CASE("http probe: a server that takes images and does not show them to the model is seen") {
  const auto blind = [](MadeUpModel model) {
    const auto result = probed(model);
    REQUIRE(result.status.has_value());
    CHECK(result.setup.takes_images == (result.kind_of("images") == FindingKind::kGood));
    return !result.setup.takes_images;
  };
  CHECK_FALSE(blind({}));
  // By its tokens, where the answers are the same.
  CHECK(blind({.sees_images = false, .image_tokens = 0}));
  CHECK_FALSE(blind({.image_tokens = 0}));
  CHECK_FALSE(blind({.sees_images = false, .image_tokens = 64}));
  // By its answers, where tokens may be those of a mark, or are not counted.
  CHECK(blind({.sees_images = false, .image_tokens = 8}));
  CHECK_FALSE(blind({.image_tokens = 8}));
  CHECK(blind({.counts_tokens = false, .counts_cached = false, .sees_images = false}));
  CHECK_FALSE(blind({.counts_tokens = false, .counts_cached = false}));
}

TEST_CASE("http probe: what is found about images says which way was tried") {
  for (const ImageMode mode : {ImageMode::kData, ImageMode::kUuid, ImageMode::kFile}) {
    LaneSetup setup = setup_with({});
    WriterOptions options = setup.writer.options();
    options.images = mode;
    options.media_path = "/srv/data";
    setup.writer = RequestWriter(options);
    MadeUpServer server({});
    REQUIRE(probe(server, setup, {}).has_value());
    CHECK(setup.takes_images);
    const policy::Finding& found = finding_of(setup, "images");
    const bool by_file = mode == ImageMode::kFile;
    CHECK(found.kind == (by_file ? FindingKind::kCosts : FindingKind::kGood));
    CHECK((found.text.find("file:// URLs were not tried") != std::string::npos) == by_file);
    CHECK((found.text.find("/srv/data") != std::string::npos) == by_file);
  }
}

TEST_CASE("http probe: a server that does not heed the limit of tokens is refused, and told how to go on") {
  for (const bool counts : {false, true}) {
    MadeUpModel model;
    model.ignores_limit = true;
    model.counts_tokens = model.counts_cached = counts;
    const auto result = probed(model);
    REQUIRE_FALSE(result.status.has_value());
    CHECK(result.status.error().kind == core::ErrorKind::kInvalidInput);
    CHECK(result.status.error().message.find("length limit: it does not heed it: asked for 4 tokens") !=
          std::string::npos);
    CHECK(result.status.error().message.find("policy.probe: false") != std::string::npos);
    CHECK(result.kind_of("length limit") == FindingKind::kCorrupts);
  }
}

TEST_CASE("http probe: where the usage counts one sibling of several, one is asked for with each request") {
  const auto several = probed({.counts_one_sibling = true});
  REQUIRE(several.status.has_value());
  CHECK(several.kind_of("token counts") == FindingKind::kCosts);
  CHECK(finding_of(several.setup, "token counts").text.find("4 tokens counted, of 16 at least") !=
        std::string::npos);
  CHECK(several.setup.choices_per_request == 1);
  const auto one = probed({.ignores_n = true, .counts_one_sibling = true});
  REQUIRE(one.status.has_value());
  CHECK_THROWS(static_cast<void>(one.kind_of("token counts")));
}

TEST_CASE("http probe: what closes the turn of a prefix is told, with what to do") {
  const auto refusal = [](const MadeUpModel& model, const char* dialect) {
    LaneSetup setup = setup_with({});
    WriterOptions options = setup.writer.options();
    options.dialect = find_dialect(dialect);
    setup.writer = RequestWriter(options);
    MadeUpServer server(model);
    const auto status = probe(server, setup, {});
    REQUIRE_FALSE(status.has_value());
    return status.error().message;
  };
  const std::string ollama = refusal({.opens_a_turn = true}, "ollama");
  CHECK(ollama.find("as a turn that is over: the model's chat template closes") != std::string::npos);
  CHECK(ollama.find("ollama show --template") != std::string::npos);
  CHECK(ollama.find("It is ollama; a server behind a proxy may be of another: vllm, sglang, llama-server") !=
        std::string::npos);
  CHECK(refusal({.opens_a_turn = true, .cannot_count = true}, "vllm").find("--chat-template") !=
        std::string::npos);
  const std::string dropped = refusal({.drops_prefix = true}, "vllm");
  CHECK(dropped.find("The prefix is not in its prompt, by the tokens. is the dialect") == std::string::npos);
  CHECK(dropped.find("The prefix is not in its prompt") != std::string::npos);
}

namespace {

core::Result<std::shared_ptr<const LaneSetup>> set_up_with(const MadeUpModel& model,
                                                           const std::string& dialect, bool asks = true) {
  HttpOptions options;
  options.probe = asks;
  LaneOptions lane;
  lane.url = "http://here/v1";
  lane.endpoint.url = lane.url;
  lane.endpoint.dialect = dialect;
  MadeUpServer server(model);
  return set_up(server, options, lane);
}

}  // namespace

TEST_CASE("http probe: a proxy that says openai is asked in other ways before reprompt is proposed") {
  MadeUpModel proxy;
  proxy.owned_by = "openai";
  proxy.goes_on_with = "continue_final_message";
  const auto found = set_up_with(proxy, "auto");
  REQUIRE_MESSAGE(found.has_value(), found.error().message);
  CHECK((*found)->writer.options().dialect->name == "vllm");
  CHECK((*found)->writer.options().continuation == Continuation::kMessage);
  CHECK(
      finding_of(**found, "models").text.find("its list says openai, but it goes on from a prefix as vllm") !=
      std::string::npos);
  proxy.goes_on_with = "separate_reasoning";
  CHECK((*set_up_with(proxy, "auto"))->writer.options().dialect->name == "sglang");

  const auto refusal = [](const MadeUpModel& model, const std::string& dialect, bool asks) {
    const auto result = set_up_with(model, dialect, asks);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().kind == core::ErrorKind::kInvalidInput);
    return result.error().message;
  };
  CHECK(refusal(proxy, "openai", true).find("but this one does when it is asked as sglang") !=
        std::string::npos);
  CHECK(
      refusal(proxy, "openai", false)
          .find(
              "set the endpoint's dialect to that server's (vllm, sglang, llama-server, lmdeploy, ollama)") !=
      std::string::npos);
  MadeUpModel uncounted = proxy;
  uncounted.counts_tokens = uncounted.counts_cached = false;
  const std::string perhaps = refusal(uncounted, "auto", true);
  CHECK(perhaps.find("this one seems to when it is asked as sglang") != std::string::npos);
  CHECK(perhaps.find("set the endpoint's dialect to that") != std::string::npos);
  proxy.opens_a_turn = true;
  proxy.guesses = true;
  CHECK(refusal(proxy, "auto", true).find("either: set policy.continuation") != std::string::npos);
  proxy.guesses = false;
  const std::string none = refusal(proxy, "auto", true);
  CHECK(none.find("does not when it is asked as vllm, sglang, llama-server, lmdeploy, ollama either") !=
        std::string::npos);
  CHECK(none.find("set policy.continuation to reprompt") != std::string::npos);
}
