#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace viltree::http {

/// Cuts a text/event-stream into the data of its events, as the WHATWG's HTML standard says (section 9.2.6):
/// lines end with LF, CR or CRLF, an empty line ends an event, `data` lines are joined with LF; other fields
/// are passed over. Bytes may come in pieces of any size.
class EventStream {
 public:
  using OnData = std::function<void(std::string_view data)>;

  explicit EventStream(OnData on_data) : on_data_(std::move(on_data)) {}

  void read(std::string_view bytes);
  /// An event that is not ended yet, in bytes.
  [[nodiscard]] std::size_t pending() const { return line_.size() + data_.size(); }

 private:
  void end_line();

  OnData on_data_;
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  bool after_cr_ = false;
};

}  // namespace viltree::http
