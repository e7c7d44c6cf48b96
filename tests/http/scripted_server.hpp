#pragma once

#include <viltree/core/mutex.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace viltree::http::testing {

/// What the server does with one request.
struct Reply {
  enum class How {
    kWhole,         ///< answers with a Content-Length
    kChunked,       ///< answers in chunks of 7 bytes
    kHold,          ///< like kWhole, but only after release()
    kNever,         ///< reads the request, and says nothing
    kResetFirst,    ///< resets the connection before the first byte
    kResetMidway,   ///< sends the head and half of the body, then resets
    kSilentMidway,  ///< sends the head and half of the body, then nothing more
  };
  unsigned status = 200;
  std::string body = {};
  How how = How::kWhole;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

struct Request {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  [[nodiscard]] std::string header(
      const std::string& name) const;  ///< lower-case name; empty where there is none
};

/// A chat completions body with these texts, all stopped, with 10 prompt tokens, 4 of them cached, and 3
/// completion tokens a text.
[[nodiscard]] std::string chat_body(const std::vector<std::string>& texts);
/// A model list with one model.
[[nodiscard]] std::string models_body(const std::string& id, const std::string& owned_by);

/// An HTTP server on a loopback port that plays replies and remembers what it was asked. GET /v1/models
/// always gets the same reply, and /models none; everything else takes the next of the script, and, after its
/// end, as many texts "text 0", …, as were asked for. Thread-safe.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Reply> script = {});
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::string url() const;  ///< "http://127.0.0.1:PORT/v1"
  void set_models(Reply reply);
  /// From now on everything after the script's end is answered like this (its body, if empty, as told above).
  void set_default(Reply reply);
  /// Requests whose body has this in it get this reply from now on, whatever else is told; none: no more.
  void set_for(std::string part, std::optional<Reply> reply);
  /// Requests for one token get it all the same.
  void answer_shortest();

  /// Lets the oldest `count` held requests be answered.
  void release(std::size_t count);
  /// Blocks until so many chat requests have come in all; aborts the test after 20 s.
  void wait_for_requests(std::size_t count);

  [[nodiscard]] std::vector<Request> chat_requests();  ///< in the order of arrival
  [[nodiscard]] std::vector<Request> model_requests();
  [[nodiscard]] std::size_t connections();           ///< accepted in all
  [[nodiscard]] std::size_t greatest_concurrency();  ///< chat requests read and not yet answered

 private:
  struct Loop;
  struct Session;
  friend struct Session;

  void accept();
  Reply next_reply(const Request& request);
  void on_answered();

  std::unique_ptr<Loop> loop_;
  core::Mutex mutex_;
  core::Condition changed_;
  std::deque<Reply> script_ VILTREE_GUARDED_BY(mutex_);
  Reply default_ VILTREE_GUARDED_BY(mutex_);
  std::map<std::string, Reply> special_ VILTREE_GUARDED_BY(mutex_);  ///< by part of the body
  bool answers_shortest_ VILTREE_GUARDED_BY(mutex_) = false;
  Reply models_ VILTREE_GUARDED_BY(mutex_);
  std::vector<Request> chats_ VILTREE_GUARDED_BY(mutex_);
  std::vector<Request> lists_ VILTREE_GUARDED_BY(mutex_);
  std::size_t connections_ VILTREE_GUARDED_BY(mutex_) = 0;
  std::size_t open_ VILTREE_GUARDED_BY(mutex_) = 0;
  std::size_t greatest_ VILTREE_GUARDED_BY(mutex_) = 0;
  std::jthread thread_;
};

}  // namespace viltree::http::testing
