#include "connection.hpp"

#include <viltree/core/limits.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

namespace viltree::simulated {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;
using tcp = asio::ip::tcp;

constexpr std::size_t kBodyBytes = core::limits::kProblemLineBytes;
constexpr std::chrono::seconds kIdle{300};
constexpr std::chrono::seconds kFarewell{5};
constexpr std::size_t kTrickles = 64;
constexpr std::size_t kWrongBytes = 17;

std::string chunk(std::string_view bytes) {
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + std::string(bytes) + "\r\n";
}

constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// As it goes over the wire.
std::string wire_body(HttpReply& reply) {
  if (reply.chunk_ends.empty()) return std::move(reply.body);
  std::string bytes;
  std::size_t begin = 0;
  for (const std::size_t end : reply.chunk_ends) {
    bytes += chunk(std::string_view(reply.body).substr(begin, end - begin));
    begin = end;
  }
  return bytes += kLastChunk;
}

/// How often a stream is looked at: about once a token, within reason.
milliseconds stream_period(double token_rate) {
  constexpr double kLeast = 5;
  constexpr double kMost = 50;
  const double period = token_rate > 0 ? 1000 / token_rate : kLeast;
  return milliseconds(static_cast<int>(std::clamp(period, kLeast, kMost)));
}

}  // namespace

Connection::Connection(tcp::socket socket, const ConnectionHost& host)
    : stream_(std::move(socket)), timer_(stream_.get_executor()), host_(host) {}

void Connection::start() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->read(kIdle); });
}

void Connection::abort() {
  asio::post(stream_.get_executor(), [self = shared_from_this()] { self->reset(); });
}

void Connection::read(std::chrono::seconds patience) {
  parser_.emplace();
  parser_->body_limit(kBodyBytes);
  stream_.expires_after(patience);
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](error_code error, std::size_t) { self->on_header(error); });
}

void Connection::on_header(error_code error) {
  if (error) return on_request(error);
  stream_.expires_after(kIdle);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code failed, std::size_t) { self->on_request(failed); });
}

void Connection::on_request(error_code error) {
  if (!error) return serve();
  if (error == boost::beast::error::timeout) return close();
  if (error.category() != make_error_code(http::error::end_of_stream).category()) return;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return close();
  keep_alive_ = false;
  if (error == http::error::body_limit) {
    return send(host_.service.refuse(413, "the body has more than " + std::to_string(kBodyBytes) + " bytes"));
  }
  send(host_.service.refuse(400, "no HTTP request: " + error.message()));
}

void Connection::serve() {
  const auto& request = parser_->get();
  const std::string method(request.method_string());
  const std::string target(request.target());
  const std::uint32_t most = host_.service.dialect().keep_alive_requests;
  ++requests_;
  ++turn_;
  keep_alive_ =
      request.keep_alive() && request.method() != http::verb::head && (most == 0 || requests_ < most);
  stream_.expires_never();
  exchange_ = host_.service.begin({method, target, request.body()});
  parser_->get().body() = {};
  if (exchange_.ready) return send(std::move(*exchange_.ready));
  if (host_.engine != nullptr) return submit();
  if (auto failed = host_.service.accept(exchange_)) return send(std::move(*failed));
  send(host_.service.finish(exchange_, std::nullopt));
}

void Connection::submit() {
  const auto on_done = [weak = weak_from_this(), executor = stream_.get_executor(),
                        turn = turn_](std::uint64_t cached_tokens) {
    asio::post(executor, [weak, turn, cached_tokens] {
      if (const auto self = weak.lock()) self->on_done(turn, cached_tokens);
    });
  };
  waiting_ = true;
  job_ = host_.engine->submit(std::move(exchange_.job), on_done);
  if (!job_) {
    waiting_ = false;
    return send(host_.service.busy(exchange_));
  }
  if (auto failed = host_.service.accept(exchange_)) {
    waiting_ = false;
    host_.engine->cancel(*std::exchange(job_, std::nullopt));
    return send(std::move(*failed));
  }
  watch_peer();
  if (exchange_.live()) begin_stream();
}

void Connection::on_done(std::uint64_t turn, std::uint64_t cached_tokens) {
  if (turn != turn_ || !waiting_) return;
  waiting_ = false;
  job_.reset();
  if (host_.service.batch_options().cache_tokens > 0) exchange_.reply.cached_tokens = cached_tokens;
  if (events_) return end_stream();
  send(host_.service.finish(exchange_, cached_tokens));
}

/// Nothing is read while a reply is made; so a socket that becomes readable has a next request, or an end.
void Connection::watch_peer() {
  if (std::exchange(watching_, true)) return;
  stream_.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    self->watching_ = false;
    if (!error && self->waiting_) self->on_peer();
  });
}

void Connection::on_peer() {
  error_code error;
  char byte = 0;
  stream_.socket().non_blocking(true, error);
  if (!error) stream_.socket().receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  if (!error || error == asio::error::would_block) return;
  reset();
}

void Connection::begin_stream() {
  events_.emplace(exchange_.reply, host_.service.dialect());
  HttpReply reply;
  reply.content_type = "text/event-stream; charset=utf-8";
  reply.headers.emplace_back("cache-control", "no-cache");
  reply.chunk_ends = {0};
  then_ = Then::kMore;
  push(head_of(reply, 0), host_.service.delay());
  poll_stream();
}

void Connection::poll_stream() {
  timer_.expires_after(stream_period(host_.service.batch_options().token_rate));
  timer_.async_wait([self = shared_from_this(), turn = turn_](error_code error) {
    if (error || turn != self->turn_ || !self->waiting_) return;
    const auto decoded = self->host_.engine->decoded(*self->job_);
    if (!decoded.empty()) self->push_events(self->events_->advance(decoded));
    self->poll_stream();
  });
}

void Connection::push_events(const std::vector<std::string>& events) {
  for (const std::string& event : events) push(chunk(event));
}

void Connection::end_stream() {
  timer_.cancel();
  std::vector<std::uint32_t> all;
  for (const Choice& choice : exchange_.reply.choices) all.push_back(choice.tokens);
  push_events(events_->advance(all));
  push_events(events_->close());
  events_.reset();
  then_ = keep_alive_ ? Then::kRead : Then::kClose;
  push(std::string(kLastChunk));
}

void Connection::send(HttpReply reply) {
  if (reply.delivery == Delivery::kServerDies) host_.die(reply.span);
  if (reply.delivery == Delivery::kReset || reply.delivery == Delivery::kServerDies) return reset();
  const bool whole = reply.delivery == Delivery::kWhole || reply.delivery == Delivery::kTrickle;
  const bool too_long = reply.delivery == Delivery::kTooLong;
  const bool too_short = reply.delivery == Delivery::kTooShort;
  if (too_long || too_short) reply.chunk_ends.clear();
  keep_alive_ = keep_alive_ && whole;
  then_ = keep_alive_ ? Then::kRead : Then::kClose;
  std::size_t length = reply.body.size();
  if (too_long) length += kWrongBytes;
  if (too_short) length -= std::min(length, kWrongBytes);
  pieces_.push_back({head_of(reply, length), reply.delay});
  std::string body = wire_body(reply);
  if (!whole && !too_long && !too_short) body.resize(body.size() / 2);
  push_body(std::move(body), reply);
  write_next();
}

void Connection::push_body(std::string body, const HttpReply& reply) {
  if (reply.delivery == Delivery::kTrickle) {
    const std::size_t count = std::clamp<std::size_t>(body.size(), 1, kTrickles);
    const milliseconds pause = reply.span / static_cast<std::int64_t>(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t from = body.size() * i / count;
      pieces_.push_back({body.substr(from, body.size() * (i + 1) / count - from), pause});
    }
    return;
  }
  pieces_.back().bytes += body;
  const bool stall = reply.delivery == Delivery::kStall;
  if (stall) pieces_.push_back({"", reply.span});
  if (stall || reply.delivery == Delivery::kResetLate) then_ = Then::kReset;
}

std::string Connection::head_of(const HttpReply& reply, std::size_t length) const {
  const auto reason = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(reply.status)));
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + ' ' + std::string(reason) + "\r\n";
  head += "content-type: " + reply.content_type + "\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  if (reply.chunk_ends.empty()) {
    head += "content-length: " + std::to_string(length) + "\r\n";
  } else {
    head += "transfer-encoding: chunked\r\n";
  }
  const Dialect& dialect = host_.service.dialect();
  if (!keep_alive_) {
    head += "connection: close\r\n";
  } else if (dialect.keep_alive_requests > 0) {
    head += "keep-alive: timeout=" + std::to_string(dialect.keep_alive.count()) +
            ", max=" + std::to_string(dialect.keep_alive_requests) + "\r\n";
  }
  return head + "\r\n";
}

void Connection::push(std::string bytes, milliseconds before) {
  pieces_.push_back({std::move(bytes), before});
  write_next();
}

void Connection::write_next() {
  if (writing_) return;
  if (pieces_.empty()) return written();
  writing_ = true;
  if (pieces_.front().before.count() == 0) return write_front();
  auto pause = std::make_shared<asio::steady_timer>(stream_.get_executor(), pieces_.front().before);
  pause->async_wait([self = shared_from_this(), pause](error_code error) {
    if (!error && self->stream_.socket().is_open()) self->write_front();
  });
}

void Connection::write_front() {
  stream_.expires_after(kIdle);
  asio::async_write(stream_, asio::buffer(pieces_.front().bytes),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      self->writing_ = false;
                      if (error) return self->reset();
                      self->pieces_.pop_front();
                      self->write_next();
                    });
}

void Connection::written() {
  switch (then_) {
    case Then::kMore:
      return stream_.expires_never();
    case Then::kRead:
      return read(host_.service.dialect().keep_alive);
    case Then::kClose:
      return close();
    case Then::kReset:
      return reset();
  }
}

/// The peer sees a reset rather than an end.
void Connection::reset() {
  waiting_ = false;
  if (job_) host_.engine->cancel(*std::exchange(job_, std::nullopt));
  timer_.cancel();
  error_code ignored;
  stream_.socket().set_option(asio::socket_base::linger(true, 0), ignored);
  stream_.socket().close(ignored);
}

/// Ends our side and reads on for a while: a socket that is closed with unread bytes takes
/// the reply with it.
void Connection::close() {
  error_code ignored;
  stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kFarewell);
  drain();
}

void Connection::drain() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(1U << 16U),
                          [self = shared_from_this()](error_code error, std::size_t) {
                            if (!error) self->drain();
                          });
}

}  // namespace viltree::simulated
