#include "prompt.hpp"

#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>
#include <viltree/json/writer.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <variant>

namespace viltree::http {

namespace {

constexpr std::string_view kQuestionMark = "{question}";
constexpr std::string_view kChoicesMark = "{choices}";
constexpr std::size_t kMostChoices = 26;
constexpr std::uint64_t kTokensOfImage = 1000;

/// "<image>", "<image2>" or "<image 2>" at the beginning of a text.
struct ImageMark {
  std::size_t length = 0;
  std::optional<std::size_t> number;  ///< from 1
};

std::optional<ImageMark> image_mark(std::string_view text) {
  constexpr std::string_view kOpening = "<image";
  if (!text.starts_with(kOpening)) return std::nullopt;
  const std::size_t close = text.find('>', kOpening.size());
  if (close == std::string_view::npos || close > kOpening.size() + 4) return std::nullopt;
  const std::string_view digits = core::trim(text.substr(kOpening.size(), close - kOpening.size()));
  if (digits.empty()) return ImageMark{close + 1, std::nullopt};
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return ImageMark{close + 1, number};
}

/// A piece of the user's message: text, or the place of an image.
using Part = std::variant<std::string, std::size_t>;

/// Cuts the text at its marks, and puts the images that have none in front.
class PartList {
 public:
  PartList(std::string_view text, std::size_t images) : placed_(images, false) {
    while (!text.empty()) {
      const auto mark = image_mark(text);
      const auto image = mark ? image_of(*mark) : std::nullopt;
      if (image) {
        end_text();
        parts_.emplace_back(*image);
        placed_[*image] = true;
        text.remove_prefix(mark->length);
      } else {
        text_ += text.front();
        text.remove_prefix(1);
      }
    }
    end_text();
  }

  [[nodiscard]] std::vector<Part> take() {
    std::vector<Part> all;
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      if (!placed_[i]) all.emplace_back(i);
    }
    all.insert(all.end(), std::make_move_iterator(parts_.begin()), std::make_move_iterator(parts_.end()));
    return all;
  }

 private:
  std::optional<std::size_t> image_of(const ImageMark& mark) const {
    if (mark.number)
      return *mark.number >= 1 && *mark.number <= placed_.size() ? std::optional(*mark.number - 1)
                                                                 : std::nullopt;
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      if (!placed_[i]) return i;
    }
    return std::nullopt;
  }

  void end_text() {
    if (!text_.empty()) parts_.emplace_back(std::exchange(text_, {}));
  }

  std::vector<Part> parts_;
  std::vector<bool> placed_;
  std::string text_;
};

/// What a URL may hold as it is; slashes too, because it is a path.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~/").find(c) != std::string_view::npos;
}

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const char c : path) {
    if (is_plain(c)) {
      text += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return text;
}

PromptImage make_image(const domain::Image& image) {
  return {make_segment("data:" + image.media_type + ";base64," + core::base64_encode(*image.bytes)),
          make_segment(image.sha256), make_segment(percent_encoded(image.path))};
}

core::Status check_problem(const domain::Problem& problem) {
  const auto refuse = [&](const std::string& why) {
    return core::fail(core::ErrorKind::kInvalidInput, "problem " + core::printable(problem.id) + ": " + why);
  };
  if (!core::is_utf8(problem.question)) return refuse("the question is no UTF-8");
  if (problem.choices.size() > kMostChoices) return refuse("it has more than 26 choices");
  for (const std::string& choice : problem.choices) {
    if (!core::is_utf8(choice)) return refuse("a choice is no UTF-8");
  }
  for (const domain::Image& image : problem.images) {
    const std::string name = core::printable(image.path.empty() ? image.sha256 : image.path);
    if (!image.bytes) return refuse("the bytes of image " + name + " were not loaded");
    if (!image.media_type.starts_with("image/") || json::escaped(image.media_type) != image.media_type) {
      return refuse("image " + name + " has no media type of an image");
    }
  }
  return {};
}

}  // namespace

std::string render_user_text(const std::string& user_template, const domain::Problem& problem) {
  const std::string choices = domain::choice_lines(problem);
  const bool placed = choices.empty() || user_template.find(kChoicesMark) != std::string::npos;
  const std::string question = placed ? problem.question : problem.question + "\n" + choices;
  const std::array<core::Filling, 2> fillings = {{{kQuestionMark, question}, {kChoicesMark, choices}}};
  return core::fill(user_template, fillings);
}

ChatPrompt::ChatPrompt(std::vector<PromptPart> parts, std::uint64_t key)
    : parts_(std::move(parts)), key_(key) {
  for (const PromptPart& part : parts_) {
    const auto* text = std::get_if<Segment>(&part);
    if (text == nullptr) ++images_;
    tokens_ += text == nullptr ? kTokensOfImage : estimated_tokens((*text)->size());
  }
}

core::Result<PromptPtr> make_chat_prompt(const PromptTemplates& templates, const domain::Problem& problem) {
  if (const auto status = check_problem(problem); !status) return core::fail(status.error());
  const std::string text = render_user_text(templates.user, problem);
  const std::vector<Part> parts = PartList(text, problem.images.size()).take();
  if (parts.size() > 2 * core::limits::kImagesPerProblem + 1) {
    return core::fail(core::ErrorKind::kInvalidInput,
                      "problem " + core::printable(problem.id) + ": its text has too many marks of images");
  }
  std::vector<PromptImage> images;
  for (const domain::Image& image : problem.images) images.push_back(make_image(image));
  std::vector<PromptPart> made;
  for (const Part& part : parts) {
    if (const auto* words = std::get_if<std::string>(&part)) {
      made.emplace_back(make_segment(json::escaped(*words)));
    } else {
      made.emplace_back(images[std::get<std::size_t>(part)]);
    }
  }
  return std::make_shared<const ChatPrompt>(std::move(made), core::hash64(problem.id));
}

}  // namespace viltree::http
