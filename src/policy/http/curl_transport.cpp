#include "curl_transport.hpp"

#include "transport_error.hpp"

#include <viltree/core/limits.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace viltree::http {

namespace asio = boost::asio;

namespace {

/// Below the 5 s after which common servers close an idle connection, so that they never close it under a
/// request.
constexpr long kIdleConnectionSeconds = 3;
constexpr long kSpareConnections = 16;
constexpr std::chrono::milliseconds kShortestLook{5};
constexpr std::chrono::milliseconds kLongestLook{1000};
/// What libcurl copies a body through on its way to the socket: an image in a few strokes, and little for the
/// rest, because each request in flight has one.
constexpr long kUploadBytesOfImages = 128L * 1024;
constexpr long kUploadBytes = 16L * 1024;
/// A body up to here goes out in one piece with the head: one packet in place of two, for a copy of some
/// kilobytes.
constexpr std::size_t kSmallBody = 16UL * 1024;

std::string header(CURL* easy, const char* name) {
  curl_header* found = nullptr;
  if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK) return {};
  return found->value;
}

}  // namespace

/// One request at libcurl, with everything that libcurl holds pointers to. Reused.
struct CurlTransport::Transfer {
  EasyHandle easy = make_easy();
  BodyReader body;
  std::string small_body;  ///< where the body is small, all of it
  long upload_bytes = 0;
  std::uint32_t rewinds = 0;
  std::string received;
  std::size_t received_bytes = 0;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  CurlTransport* transport = nullptr;
  int socket_error = 0;  ///< of the last socket that could not be made
  std::function<void(std::string_view)> on_event_bytes;
  bool streamed = false;
  std::chrono::milliseconds stall{0};
  Loop::Time last_byte{};
  OnReply on_reply;

  static std::size_t on_received(char* bytes, std::size_t, std::size_t count, void* self) noexcept;
  static std::size_t on_send(char* room, std::size_t size, std::size_t count, void* self) noexcept;
  static int on_rewind(void* self, curl_off_t offset, int origin) noexcept;

  void set_up(CurlTransport& owner);
  void prepare(HttpRequest request, const TransportOptions& options, curl_slist* headers);
  /// Through a proxy the size of what was sent does not tell what was sent again (resent()).
  [[nodiscard]] bool is_small() const {
    return body.size() <= kSmallBody && transport->options_.proxy.empty();
  }
  [[nodiscard]] HttpReply take_reply(CURLcode code);
  [[nodiscard]] std::string explanation(CURLcode code) const;
};

/// Of the reply that is being received.
bool is_event_stream(CURL* easy) {
  long status = 0;
  const char* type = nullptr;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
  return status == 200 && type != nullptr && std::string_view(type).starts_with("text/event-stream");
}

std::size_t CurlTransport::Transfer::on_received(char* bytes, std::size_t, std::size_t count,
                                                 void* self) noexcept {
  auto* transfer = static_cast<Transfer*>(self);
  if (count > core::limits::kReplyBytes - transfer->received_bytes) return 0;
  try {
    if (transfer->received_bytes == 0 && transfer->on_event_bytes)
      transfer->streamed = is_event_stream(transfer->easy.get());
    transfer->received_bytes += count;
    if (transfer->stall.count() > 0) transfer->last_byte = transfer->transport->loop_.now();
    if (transfer->streamed) {
      transfer->on_event_bytes({bytes, count});
    } else {
      transfer->received.append(bytes, count);
    }
  } catch (...) {
    return 0;
  }
  return count;
}

std::size_t CurlTransport::Transfer::on_send(char* room, std::size_t size, std::size_t count,
                                             void* self) noexcept {
  return static_cast<Transfer*>(self)->body.read(room, size * count);
}

int CurlTransport::Transfer::on_rewind(void* self, curl_off_t offset, int origin) noexcept {
  auto* transfer = static_cast<Transfer*>(self);
  ++transfer->rewinds;
  const bool found =
      origin == SEEK_SET && offset >= 0 && transfer->body.seek(static_cast<std::size_t>(offset));
  return found ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/// What stays the same for all requests of this handle.
void CurlTransport::Transfer::set_up(CurlTransport& owner) {
  transport = &owner;
  const TransportOptions& options = owner.options_;
  CURL* handle = easy.get();
  set_option(handle, CURLOPT_PRIVATE, this);
  set_option(handle, CURLOPT_ERRORBUFFER, error_text.data());
  set_option(handle, CURLOPT_WRITEFUNCTION, &on_received);
  set_option(handle, CURLOPT_WRITEDATA, this);
  set_option(handle, CURLOPT_READFUNCTION, &on_send);
  set_option(handle, CURLOPT_READDATA, this);
  set_option(handle, CURLOPT_SEEKFUNCTION, &on_rewind);
  set_option(handle, CURLOPT_SEEKDATA, this);
  set_option(handle, CURLOPT_NOSIGNAL, 1L);
  set_option(handle, CURLOPT_USERAGENT, "viltree");
  set_option(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(handle, CURLOPT_FOLLOWLOCATION, 0L);
  set_option(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set_option(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    set_option(handle, CURLOPT_CAINFO, options.ca_file.c_str());
    set_option(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // the system's
  }
  set_option(handle, CURLOPT_TCP_NODELAY, 1L);
  set_option(handle, CURLOPT_MAXAGE_CONN, kIdleConnectionSeconds);
  set_option(handle, CURLOPT_OPENSOCKETFUNCTION, &CurlTransport::on_open);
  set_option(handle, CURLOPT_OPENSOCKETDATA, this);
  set_option(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlTransport::on_close);
  set_option(handle, CURLOPT_CLOSESOCKETDATA, &owner);
  if (!options.tls) set_option(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  // Whether there is one is decided by us: libcurl looks for none.
  set_option(handle, CURLOPT_PROXY, options.proxy.c_str());
  set_option(handle, CURLOPT_NOPROXY, "");
  set_option(handle, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));  // a proxy gets none of ours
  set_option(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

void CurlTransport::Transfer::prepare(HttpRequest request, const TransportOptions& options,
                                      curl_slist* headers) {
  CURL* handle = easy.get();
  set_option(handle, CURLOPT_URL, request.url.c_str());
  set_option(handle, CURLOPT_HTTPHEADER, headers);
  set_option(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set_option(handle, CURLOPT_CONNECTTIMEOUT_MS,
             static_cast<long>(std::min(options.connect_timeout, request.timeout).count()));
  if (request.body) {
    body = BodyReader(std::move(*request.body));
    set_option(handle, CURLOPT_POST, 1L);
    set_option(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    if (is_small()) {
      small_body = body.whole();
      set_option(handle, CURLOPT_POSTFIELDS, small_body.c_str());
    } else {
      const long room = body.size() > kUploadBytesOfImages / 2 ? kUploadBytesOfImages : kUploadBytes;
      if (std::exchange(upload_bytes, room) != room) set_option(handle, CURLOPT_UPLOAD_BUFFERSIZE, room);
      set_option(handle, CURLOPT_POSTFIELDS, static_cast<char*>(nullptr));
    }
  } else {
    set_option(handle, CURLOPT_HTTPGET, 1L);
  }
  on_event_bytes = std::move(request.on_event_bytes);
  stall = request.stall;
  streamed = false;
  rewinds = 0;
  received.clear();
  received_bytes = 0;
  error_text[0] = '\0';
  socket_error = 0;
}

/// libcurl says of a socket that we could not make that the server could not be reached.
std::string CurlTransport::Transfer::explanation(CURLcode code) const {
  if (code == CURLE_COULDNT_CONNECT && socket_error != 0) {
    const bool too_many = socket_error == EMFILE || socket_error == ENFILE;
    return "no socket: " + std::generic_category().message(socket_error) +
           (too_many ? "; raise the limit of open files (ulimit -n), or lower policy.limits.in_flight" : "");
  }
  return error_text[0] != '\0' ? error_text.data() : curl_easy_strerror(code);
}

HttpReply CurlTransport::Transfer::take_reply(CURLcode code) {
  HttpReply reply;
  if (code != CURLE_OK) {
    reply.error = TransportError{transport_error_kind(code), explanation(code)};
    curl_easy_getinfo(easy.get(), CURLINFO_HTTP_CONNECTCODE, &reply.error->proxy_status);
    if (reply.error->proxy_status >= 300) reply.error->kind = TransportErrorKind::kProxy;
    return reply;
  }
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &reply.status);
  reply.headers = {header(easy.get(), "retry-after"),
                   header(easy.get(), "retry-after-ms"),
                   header(easy.get(), "x-should-retry"),
                   header(easy.get(), "x-ratelimit-reset-requests"),
                   header(easy.get(), "x-ratelimit-reset-tokens"),
                   header(easy.get(), "date")};
  reply.streamed = streamed;
  reply.body = std::move(received);
  return reply;
}

/// A socket that libcurl wants to hear of.
struct CurlTransport::Watch {
  Watch(asio::io_context& loop, curl_socket_t fd) : descriptor(loop), socket(fd) {}
  ~Watch() {
    if (descriptor.is_open()) descriptor.release();  // libcurl closes it, not we
  }

  asio::posix::stream_descriptor descriptor;
  curl_socket_t socket;
  int wanted = CURL_POLL_NONE;
  bool removed = false;
  bool waiting_to_read = false;
  bool waiting_to_write = false;
};

CurlTransport::CurlTransport(AsioLoop& loop, const TransportOptions& options)
    : loop_(loop), options_(options), multi_(make_multi()) {
  append_header(get_headers_, "Accept: application/json");
  append_header(post_headers_, "Accept: application/json");
  append_header(post_headers_, "Content-Type: application/json");
  append_header(post_headers_, "Expect:");
  for (const std::string& line : options.headers) {
    append_header(get_headers_, line.c_str());
    append_header(post_headers_, line.c_str());
  }
  set_option(multi_.get(), CURLMOPT_SOCKETFUNCTION, &on_socket);
  set_option(multi_.get(), CURLMOPT_SOCKETDATA, this);
  set_option(multi_.get(), CURLMOPT_TIMERFUNCTION, &on_timeout);
  set_option(multi_.get(), CURLMOPT_TIMERDATA, this);
  set_option(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections) + kSpareConnections);
}

CurlTransport::~CurlTransport() {
  *alive_ = false;
  cancel_all();
}

std::unique_ptr<CurlTransport::Transfer> CurlTransport::idle_transfer() {
  if (idle_.empty()) {
    auto transfer = std::make_unique<Transfer>();
    transfer->set_up(*this);
    return transfer;
  }
  auto transfer = std::move(idle_.back());
  idle_.pop_back();
  return transfer;
}

void CurlTransport::send(HttpRequest request, OnReply on_reply) {
  auto transfer = idle_transfer();
  curl_slist* headers = request.body ? post_headers_.get() : get_headers_.get();
  transfer->prepare(std::move(request), options_, headers);
  transfer->on_reply = std::move(on_reply);
  CURL* easy = transfer->easy.get();
  const bool may_stall = transfer->stall.count() > 0;
  active_.emplace(easy, std::move(transfer));
  if (may_stall && stall_timer_ == nullptr) watch_for_stalls();
  must(curl_multi_add_handle(multi_.get(), easy));
}

void CurlTransport::cancel_all() {
  for (const auto& [easy, transfer] : active_) curl_multi_remove_handle(multi_.get(), easy);
  active_.clear();
}

int CurlTransport::on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void*) noexcept {
  auto* transport = static_cast<CurlTransport*>(self);
  try {
    if (wanted != CURL_POLL_REMOVE) {
      transport->watch(socket, wanted);
    } else if (transport->connections_.contains(socket)) {
      // A connection that is idle stays registered, because the next request uses it again.
      transport->watch(socket, CURL_POLL_NONE);
    } else {
      // on_close() does not hear of it, and the next socket may get its number.
      transport->unwatch(socket);
    }
  } catch (...) {
    // The transfer then ends by its deadline; an error here would end all of them.
  }
  return 0;
}

curl_socket_t CurlTransport::on_open(void* self, curlsocktype, curl_sockaddr* address) noexcept {
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  auto* transfer = static_cast<Transfer*>(self);
  transfer->socket_error = socket < 0 ? errno : 0;
  if (socket < 0) return CURL_SOCKET_BAD;
  try {
    transfer->transport->connections_.insert(socket);
  } catch (...) {
    ::close(socket);
    return CURL_SOCKET_BAD;
  }
  return socket;
}

int CurlTransport::on_close(void* self, curl_socket_t socket) noexcept {
  auto* transport = static_cast<CurlTransport*>(self);
  transport->unwatch(socket);
  transport->connections_.erase(socket);
  return ::close(socket);
}

int CurlTransport::on_timeout(CURLM*, long timeout_ms, void* self) noexcept {
  auto* transport = static_cast<CurlTransport*>(self);
  try {
    if (timeout_ms < 0) {
      transport->timeout_.reset();
    } else if (timeout_ms > 0) {
      transport->expect_timeout(transport->loop_.now() + std::chrono::milliseconds(timeout_ms));
    } else if (!std::exchange(transport->driving_now_, true)) {
      transport->loop_.post([transport, alive = transport->alive_] {
        if (!*alive) return;
        transport->driving_now_ = false;
        transport->drive(CURL_SOCKET_TIMEOUT, 0);
      });
    }
  } catch (...) {
    return -1;
  }
  return 0;
}

/// Almost every deadline is called off before it comes, so the timer is only ever set to an earlier moment.
void CurlTransport::expect_timeout(Loop::Time at) {
  timeout_ = at;
  if (timer_ != nullptr && timer_at_ <= at) return;
  timer_at_ = at;
  timer_ = loop_.after(at - loop_.now(), [this] { on_timer(); });
}

void CurlTransport::on_timer() {
  timer_.reset();
  if (!timeout_) return;
  if (loop_.now() < *timeout_) return expect_timeout(*timeout_);
  timeout_.reset();
  drive(CURL_SOCKET_TIMEOUT, 0);
}

void CurlTransport::watch(curl_socket_t socket, int wanted) {
  if (wanted == CURL_POLL_NONE && !watches_.contains(socket)) return;
  auto& watch = watches_[socket];
  if (!watch) {
    watch = std::make_shared<Watch>(loop_.context(), socket);
    boost::system::error_code error;
    watch->descriptor.assign(socket, error);
    if (error) return;
  }
  watch->wanted = wanted;
  arm(watch);
}

void CurlTransport::unwatch(curl_socket_t socket) {
  const auto found = watches_.find(socket);
  if (found == watches_.end()) return;
  found->second->removed = true;
  if (found->second->descriptor.is_open()) found->second->descriptor.release();
  watches_.erase(found);
}

void CurlTransport::arm(const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) != 0 && !watch->waiting_to_read) wait(watch, false);
  if ((watch->wanted & CURL_POLL_OUT) != 0 && !watch->waiting_to_write) wait(watch, true);
}

void CurlTransport::wait(const std::shared_ptr<Watch>& watch, bool for_writing) {
  using Descriptor = asio::posix::stream_descriptor;
  const int poll = for_writing ? CURL_POLL_OUT : CURL_POLL_IN;
  bool Watch::*waiting = for_writing ? &Watch::waiting_to_write : &Watch::waiting_to_read;
  watch.get()->*waiting = true;
  watch->descriptor.async_wait(for_writing ? Descriptor::wait_write : Descriptor::wait_read,
                               [this, watch, poll, waiting](const boost::system::error_code& error) {
                                 watch.get()->*waiting = false;
                                 if (error || watch->removed) return;
                                 if ((watch->wanted & poll) != 0)
                                   drive(watch->socket,
                                         poll == CURL_POLL_OUT ? CURL_CSELECT_OUT : CURL_CSELECT_IN);
                                 if (!watch->removed) arm(watch);
                               });
}

void CurlTransport::drive(curl_socket_t socket, int events) {
  int running = 0;
  must(curl_multi_socket_action(multi_.get(), socket, events, &running));
  deliver_finished();
}

void CurlTransport::deliver_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    Transfer& transfer = *active_.at(easy);
    HttpReply reply = transfer.take_reply(code);
    reply.resent = resent(transfer);
    deliver(easy, std::move(reply));
  }
}

/// How often libcurl sent it again by itself: a large body is then rewound; of a small one it has sent more
/// bytes than head and body have.
std::uint32_t CurlTransport::resent(const Transfer& transfer) {
  const std::size_t body = transfer.body.size();
  if (body == 0 || !transfer.is_small()) return transfer.rewinds;
  long sent = 0;
  curl_easy_getinfo(transfer.easy.get(), CURLINFO_REQUEST_SIZE, &sent);
  const auto bytes = static_cast<std::size_t>(sent);
  if (bytes <= body) return 0;
  // The first request of a connection is never sent again, so that its head is known from it.
  if (head_bytes_ == 0) head_bytes_ = bytes - body;
  const std::size_t once = head_bytes_ + body;
  return static_cast<std::uint32_t>(std::max<std::size_t>((bytes + once / 2) / once, 1) - 1);
}

void CurlTransport::deliver(CURL* easy, HttpReply reply) {
  auto node = active_.extract(easy);
  auto transfer = std::move(node.mapped());
  curl_multi_remove_handle(multi_.get(), easy);
  const OnReply on_reply = std::exchange(transfer->on_reply, nullptr);
  transfer->body = {};
  transfer->on_event_bytes = nullptr;
  idle_.push_back(std::move(transfer));
  on_reply(std::move(reply));
}

/// Looks now and then for streams that have fallen silent.
void CurlTransport::watch_for_stalls() {
  std::vector<CURL*> stalled;
  auto shortest = std::chrono::milliseconds::max();
  const Loop::Time now = loop_.now();
  for (const auto& [easy, transfer] : active_) {
    if (transfer->stall.count() == 0) continue;
    shortest = std::min(shortest, transfer->stall);
    if (transfer->received_bytes > 0 && now - transfer->last_byte > transfer->stall) stalled.push_back(easy);
  }
  for (CURL* easy : stalled) {
    HttpReply reply;
    reply.error = TransportError{TransportErrorKind::kTimeout, "the stream has fallen silent"};
    deliver(easy, std::move(reply));
  }
  if (shortest == std::chrono::milliseconds::max()) return stall_timer_.reset();
  const auto wait = std::clamp<std::chrono::milliseconds>(shortest / 4, kShortestLook, kLongestLook);
  stall_timer_ = loop_.after(wait, [this] { watch_for_stalls(); });
}

}  // namespace viltree::http
