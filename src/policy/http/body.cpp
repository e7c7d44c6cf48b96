#include "body.hpp"

#include <algorithm>
#include <utility>

namespace viltree::http {

void Body::append(Segment segment) {
  size_ += segment->size();
  segments_.push_back(std::move(segment));
}

void BodyBuilder::seal() {
  if (!loose_.empty()) body_.append(make_segment(std::exchange(loose_, {})));
}

void BodyBuilder::shared(const Segment& segment) {
  seal();
  body_.append(segment);
}

Body BodyBuilder::take() && {
  seal();
  return std::move(body_);
}

std::size_t BodyReader::read(char* out, std::size_t room) {
  std::size_t filled = 0;
  while (filled < room && segment_ < body_.segments().size()) {
    const std::string& text = *body_.segments()[segment_];
    const std::size_t count = std::min(room - filled, text.size() - offset_);
    text.copy(out + filled, count, offset_);
    filled += count;
    offset_ += count;
    if (offset_ == text.size()) {
      ++segment_;
      offset_ = 0;
    }
  }
  return filled;
}

std::string BodyReader::whole() const {
  std::string text;
  text.reserve(body_.size());
  for (const Segment& segment : body_.segments()) text += *segment;
  return text;
}

bool BodyReader::seek(std::size_t position) {
  if (position > body_.size()) return false;
  segment_ = 0;
  while (segment_ < body_.segments().size() && position >= body_.segments()[segment_]->size()) {
    position -= body_.segments()[segment_]->size();
    ++segment_;
  }
  offset_ = position;
  return true;
}

}  // namespace viltree::http
