#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace viltree::http {

/// A piece of a request's body, shared by all requests that hold it (an encoded image is megabytes).
using Segment = std::shared_ptr<const std::string>;

[[nodiscard]] inline Segment make_segment(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

/// A request's body: its segments one after the other.
class Body {
 public:
  void append(Segment segment);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }

 private:
  std::vector<Segment> segments_;
  std::size_t size_ = 0;
};

/// Puts a body together: loose text between shared segments becomes segments of its own.
class BodyBuilder {
 public:
  void text(std::string_view text) { loose_ += text; }
  void shared(const Segment& segment);
  [[nodiscard]] Body take() &&;

 private:
  void seal();

  Body body_;
  std::string loose_;
};

/// Reads a body from any place of it, without a copy of the whole.
class BodyReader {
 public:
  BodyReader() = default;
  explicit BodyReader(Body body) : body_(std::move(body)) {}

  /// Copies up to `room` bytes; 0 at the end.
  std::size_t read(char* out, std::size_t room);
  /// False where the body has no such place.
  bool seek(std::size_t position);
  [[nodiscard]] std::size_t size() const { return body_.size(); }
  /// All of it in one piece.
  [[nodiscard]] std::string whole() const;

 private:
  Body body_;
  std::size_t segment_ = 0;
  std::size_t offset_ = 0;  ///< within the segment
};

}  // namespace viltree::http
