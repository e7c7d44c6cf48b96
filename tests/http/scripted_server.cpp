#include "scripted_server.hpp"

#include <viltree/core/check.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/string_body.hpp>
#include <nlohmann/json.hpp>

namespace viltree::http::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using Json = nlohmann::json;

namespace {

constexpr std::size_t kChunkBytes = 7;
constexpr std::uint64_t kBodyLimit = 64U << 20U;

std::string chunked(const std::string& body) {
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += kChunkBytes) {
    const std::string piece = body.substr(at, kChunkBytes);
    out += std::to_string(piece.size()) + "\r\n" + piece + "\r\n";
  }
  return out + "0\r\n\r\n";
}

std::string wire(const Reply& reply) {
  const auto reason = beast::http::obsolete_reason(static_cast<beast::http::status>(reply.status));
  std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " " + std::string(reason) + "\r\n";
  for (const auto& [name, value] : reply.headers) head += name + ": " + value + "\r\n";
  const auto is_type = [](const auto& field) { return field.first == "Content-Type"; };
  if (std::none_of(reply.headers.begin(), reply.headers.end(), is_type))
    head += "Content-Type: application/json\r\n";
  if (reply.how == Reply::How::kChunked)
    return head + "Transfer-Encoding: chunked\r\n\r\n" + chunked(reply.body);
  head += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n\r\n";
  if (reply.how == Reply::How::kResetMidway || reply.how == Reply::How::kSilentMidway)
    return head + reply.body.substr(0, reply.body.size() / 2);
  return head + reply.body;
}

std::string numbered_texts(const std::string& request_body) {
  std::vector<std::string> texts;
  const auto n = Json::parse(request_body).value("n", 1U);
  for (unsigned i = 0; i < n; ++i) texts.push_back("text " + std::to_string(i));
  return chat_body(texts);
}

}  // namespace

std::string chat_body(const std::vector<std::string>& texts) {
  Json choices = Json::array();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    choices.push_back({{"index", i},
                       {"message", {{"role", "assistant"}, {"content", texts[i]}}},
                       {"finish_reason", "stop"}});
  }
  const Json usage = {{"prompt_tokens", 10},
                      {"completion_tokens", 3 * texts.size()},
                      {"prompt_tokens_details", {{"cached_tokens", 4}}}};
  return Json{{"object", "chat.completion"}, {"choices", choices}, {"usage", usage}}.dump();
}

std::string models_body(const std::string& id, const std::string& owned_by) {
  const Json model = {{"id", id}, {"object", "model"}, {"owned_by", owned_by}};
  return Json{{"object", "list"}, {"data", Json::array({model})}}.dump();
}

std::string Request::header(const std::string& name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

struct ScriptedServer::Loop {
  asio::io_context context{1};
  tcp::acceptor acceptor{context, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
  std::deque<std::shared_ptr<Session>> held;
  std::size_t releases = 0;  ///< that came before there was something to release
};

/// One connection. Only on the loop's thread.
struct ScriptedServer::Session : std::enable_shared_from_this<Session> {
  Session(ScriptedServer& s, tcp::socket accepted) : server(s), socket(std::move(accepted)) {}

  void read() {
    parser.emplace();
    parser->body_limit(kBodyLimit);
    beast::http::async_read(socket, buffer, *parser, [self = shared_from_this()](auto error, std::size_t) {
      if (!error) self->on_request();
    });
  }

  void on_request() {
    const auto& message = parser->get();
    Request request{std::string(message.method_string()), std::string(message.target()), message.body(), {}};
    for (const auto& field : message) {
      std::string name(field.name_string());
      std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
      request.headers.emplace_back(std::move(name), std::string(field.value()));
    }
    is_chat = request.target != "/v1/models";
    reply = server.next_reply(request);
    if (reply.how == Reply::How::kNever) return drain();
    if (reply.how == Reply::How::kResetFirst) return reset();
    if (reply.how != Reply::How::kHold) return write();
    server.loop_->held.push_back(shared_from_this());
    server.release(0);
  }

  /// Keeps the connection until the other end closes it.
  void drain() {
    beast::http::async_read(socket, buffer, parser.emplace(),
                            [self = shared_from_this()](auto, std::size_t) { self->server.on_answered(); });
  }

  void reset() {
    if (is_chat) server.on_answered();
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  void write() {
    out = wire(reply);
    if (is_chat)
      server.on_answered();  // before the client can know, so that its next request is not counted twice
    asio::async_write(socket, asio::buffer(out), [self = shared_from_this()](auto error, std::size_t) {
      if (error) return;
      if (self->reply.how == Reply::How::kSilentMidway) return self->drain();
      if (self->reply.how != Reply::How::kResetMidway) return self->read();
      boost::system::error_code ignored;
      self->socket.close(ignored);
    });
  }

  ScriptedServer& server;
  tcp::socket socket;
  beast::flat_buffer buffer;
  std::optional<beast::http::request_parser<beast::http::string_body>> parser;
  Reply reply;
  bool is_chat = false;
  std::string out;
};

ScriptedServer::ScriptedServer(std::vector<Reply> script)
    : loop_(std::make_unique<Loop>()),
      script_(std::make_move_iterator(script.begin()), std::make_move_iterator(script.end())),
      models_{200, models_body("test-model", "vllm")} {
  accept();
  thread_ = std::jthread([this] { loop_->context.run(); });
}

ScriptedServer::~ScriptedServer() {
  loop_->context.stop();
  thread_.join();
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(loop_->acceptor.local_endpoint().port()) + "/v1";
}

void ScriptedServer::accept() {
  loop_->acceptor.async_accept([this](auto error, tcp::socket socket) {
    if (error) return;
    {
      const core::Lock lock(mutex_);
      ++connections_;
    }
    std::make_shared<Session>(*this, std::move(socket))->read();
    accept();
  });
}

Reply ScriptedServer::next_reply(const Request& request) {
  const core::Lock lock(mutex_);
  if (request.target == "/v1/models") {
    lists_.push_back(request);
    return models_;
  }
  if (request.target == "/models") return {404, R"({"detail":"Not Found"})"};
  chats_.push_back(request);
  greatest_ = std::max(greatest_, ++open_);
  changed_.notify_all();
  for (const auto& [part, reply] : special_) {
    if (request.body.find(part) != std::string::npos) return reply;
  }
  Reply reply = default_;
  if (answers_shortest_ && Json::parse(request.body).value("max_tokens", 0) == 1) reply = {};
  if (!script_.empty()) {
    reply = std::move(script_.front());
    script_.pop_front();
  } else if (reply.body.empty()) {
    reply.body = numbered_texts(request.body);
  }
  return reply;
}

void ScriptedServer::on_answered() {
  const core::Lock lock(mutex_);
  --open_;
}

void ScriptedServer::set_models(Reply reply) {
  const core::Lock lock(mutex_);
  models_ = std::move(reply);
}

void ScriptedServer::set_default(Reply reply) {
  const core::Lock lock(mutex_);
  default_ = std::move(reply);
}

void ScriptedServer::set_for(std::string part, std::optional<Reply> reply) {
  const core::Lock lock(mutex_);
  special_.erase(part);
  if (reply) special_.emplace(std::move(part), std::move(*reply));
}

void ScriptedServer::answer_shortest() {
  const core::Lock lock(mutex_);
  answers_shortest_ = true;
}

void ScriptedServer::release(std::size_t count) {
  asio::post(loop_->context, [this, count] {
    loop_->releases += count;
    while (loop_->releases > 0 && !loop_->held.empty()) {
      --loop_->releases;
      const auto session = std::move(loop_->held.front());
      loop_->held.pop_front();
      session->write();
    }
  });
}

void ScriptedServer::wait_for_requests(std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const core::Lock lock(mutex_);
  while (chats_.size() < count) {
    VILTREE_CHECK(std::chrono::steady_clock::now() < deadline);
    changed_.wait_for(mutex_, std::chrono::seconds(1));
  }
}

std::vector<Request> ScriptedServer::chat_requests() {
  const core::Lock lock(mutex_);
  return chats_;
}

std::vector<Request> ScriptedServer::model_requests() {
  const core::Lock lock(mutex_);
  return lists_;
}

std::size_t ScriptedServer::connections() {
  const core::Lock lock(mutex_);
  return connections_;
}

std::size_t ScriptedServer::greatest_concurrency() {
  const core::Lock lock(mutex_);
  return greatest_;
}

}  // namespace viltree::http::testing
