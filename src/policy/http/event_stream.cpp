#include "event_stream.hpp"

#include <utility>

namespace viltree::http {

void EventStream::read(std::string_view bytes) {
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (end == std::string_view::npos) return;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line();
  }
}

void EventStream::end_line() {
  if (line_.empty()) {
    if (std::exchange(has_data_, false)) on_data_(data_);
    data_.clear();
    return;
  }
  std::string_view value = line_;
  constexpr std::string_view kField = "data";
  if (value == kField || value.starts_with("data:")) {
    value.remove_prefix(value == kField ? kField.size() : kField.size() + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace viltree::http
