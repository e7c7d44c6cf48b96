#pragma once

#include "probe.hpp"
#include "reply.hpp"

#include <viltree/core/result.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

class StreamedReply;

/// What a model is asked to write where the text does not matter: a list that goes on and on.
inline constexpr std::string_view kCount =
    "Count from 1 to 30 in digits, with a comma and a blank between two numbers.";
inline constexpr std::string_view kColour = "Which colour has this image? Answer with one word.";

/// A small question.
struct Question {
  std::string_view user;
  std::string_view prefix = {};
  std::uint32_t n = 1;
  std::uint32_t max_tokens = 1;
  std::uint64_t seed = 1;
  std::string_view image = {};  ///< base64
};

/// The reply, or a refusal of the question itself. Of several siblings all may be lost; a single one is
/// there.
struct Told {
  ParsedReply reply;
  std::optional<std::string> refusal;
  bool streamed = false;

  [[nodiscard]] const std::string& text() const { return reply.choices.front().completion.text; }
  [[nodiscard]] const std::string& thoughts() const { return reply.choices.front().thoughts; }
  /// With thoughts that are not in the text.
  [[nodiscard]] std::string all() const { return thoughts() + text(); }
  /// False where all that came is nothing, which shows nothing of the server.
  [[nodiscard]] bool says_something() const {
    return refusal || !reply.lost.empty() ||
           std::any_of(reply.choices.begin(), reply.choices.end(), [](const Choice& choice) {
             return !choice.completion.text.empty() || !choice.thoughts.empty();
           });
  }
};

/// Asks one server small questions, each with a few attempts. Writes what is found into the setup.
class Inquiry {
 public:
  /// All must outlive it.
  Inquiry(Questioner& questioner, LaneSetup& setup, const ProbeOptions& options)
      : questioner_(questioner), setup_(setup), options_(options) {}

  enum class Heat { kCold, kOfTheRun };
  /// kTransient where it does not answer, kInvalidInput where it refuses us, kCancelled once all is stopped.
  [[nodiscard]] core::Result<Told> ask(const Question& question, Heat heat,
                                       std::vector<std::string> stop = {});

  [[nodiscard]] LaneSetup& setup() { return setup_; }
  /// The usage of all replies so far.
  [[nodiscard]] const domain::Usage& seen() const { return seen_; }

  void find(policy::Finding::Kind kind, std::string what, std::string text) {
    setup_.findings.push_back({kind, std::move(what), std::move(text)});
  }
  /// A finding that ends the start.
  [[nodiscard]] tl::unexpected<core::Error> corrupts(const std::string& what, const std::string& text) {
    find(policy::Finding::Kind::kCorrupts, what, text);
    return core::fail(core::ErrorKind::kInvalidInput, setup_.context.url + ": " + what + ": " + text);
  }

 private:
  std::optional<Failure> read(const HttpReply& reply, StreamedReply& stream, const Question& question,
                              Told& told);

  Questioner& questioner_;
  LaneSetup& setup_;
  const ProbeOptions& options_;
  domain::Usage seen_;
};

/// A prompt of this text alone.
[[nodiscard]] ChatPrompt text_prompt(std::string_view text);

}  // namespace viltree::http
