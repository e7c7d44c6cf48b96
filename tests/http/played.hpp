#pragma once

#include "dispatcher.hpp"
#include "lane.hpp"
#include "loop.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace viltree::http::testing {

/// A loop whose time goes on when the test says so.
class PlayedLoop final : public Loop {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  void post(std::function<void()> task) override { posted_.push_back(std::move(task)); }
  [[nodiscard]] std::unique_ptr<Timer> after(Time wait, std::function<void()> task) override {
    auto wanted = std::make_shared<std::function<void()>>(std::move(task));
    timers_.emplace(now_ + wait, wanted);
    return std::make_unique<Handle>(std::move(wanted));
  }

  void run() {
    while (!posted_.empty()) {
      const auto task = std::move(posted_.front());
      posted_.pop_front();
      task();
    }
  }
  /// With all that is due on the way.
  void advance(Time by) {
    const Time end = now_ + by;
    for (run(); !timers_.empty() && timers_.begin()->first <= end; run()) {
      now_ = std::max(now_, timers_.begin()->first);
      const auto task = timers_.extract(timers_.begin()).mapped().lock();
      if (task != nullptr) (*task)();
    }
    now_ = end;
  }

 private:
  struct Handle final : Timer {
    explicit Handle(std::shared_ptr<std::function<void()>> t) : task(std::move(t)) {}
    std::shared_ptr<std::function<void()>> task;
  };

  Time now_ = std::chrono::hours(1);
  std::deque<std::function<void()>> posted_;
  std::multimap<Time, std::weak_ptr<std::function<void()>>> timers_;
};

/// A transport whose replies the test writes.
class PlayedTransport final : public Transport {
 public:
  void send(HttpRequest request, OnReply on_reply) override {
    urls.push_back(request.url);
    waiting.push_back(std::move(on_reply));
  }
  void cancel_all() override { waiting.clear(); }

  /// To the oldest that waits for one.
  void reply(long status) {
    const auto on_reply = std::move(waiting.front());
    waiting.pop_front();
    HttpReply reply;
    reply.status = status;
    on_reply(std::move(reply));
  }

  std::vector<std::string> urls;
  std::deque<OnReply> waiting;
};

/// What became of a call.
struct Fate {
  int attempts = 0;
  std::optional<core::Status> status;
  std::optional<std::uint64_t> counted = std::nullopt;  ///< tokens that its reply tells
};

/// A call that goes by a reply's status alone.
class PlayedCall final : public Call {
 public:
  PlayedCall(PromptPtr prompt, std::shared_ptr<Fate> fate, std::uint32_t sequences = 1, std::size_t model = 0)
      : prompt_(std::move(prompt)), fate_(std::move(fate)), sequences_(sequences), model_(model) {}

  std::size_t model() const override { return model_; }
  const PromptPtr& prompt() const override { return prompt_; }
  std::uint32_t sequences() const override { return sequences_; }
  std::uint32_t held_up() const override { return sequences(); }
  std::uint64_t prompt_tokens() const override { return 10; }
  std::uint64_t most_tokens() const override { return 90; }
  bool has_prefix() const override { return true; }
  bool is_wanted() const override { return true; }
  void fit(std::uint32_t, const Lane&) override {}
  HttpRequest request(const Lane& lane) override {
    ++fate_->attempts;
    HttpRequest request;
    request.url = lane.options().url;
    return request;
  }
  std::uint32_t ended() const override { return 0; }
  std::optional<Failure> accept(HttpReply reply, Lane& lane) override {
    return check_reply(reply, lane.setup()->context);
  }
  ReplySize size() const override { return {10, 10, fate_->counted}; }
  bool has_remedy(const Failure&, const Lane&) override { return false; }
  void finish(core::Status status) override { fate_->status = std::move(status); }

 private:
  PromptPtr prompt_;
  std::shared_ptr<Fate> fate_;
  std::uint32_t sequences_;
  std::size_t model_;
};

inline PromptPtr played_prompt(std::uint64_t key) {
  return std::make_shared<const ChatPrompt>(std::vector<PromptPart>{make_segment("question")}, key);
}

inline TaskPtr played_task(std::uint64_t key, std::uint32_t sequences = 1) {
  return std::make_shared<Task>(
      std::make_unique<PlayedCall>(played_prompt(key), std::make_shared<Fate>(), sequences));
}

/// Lanes of one model that are set up, with the transports that they talk by.
struct PlayedLanes {
  explicit PlayedLanes(std::size_t count, std::uint32_t in_flight = 4, RateOptions rate = {}) {
    for (std::size_t i = 0; i < count; ++i) {
      LaneOptions options;
      options.number = i;
      options.url = "http://server-" + std::to_string(i);
      options.limits.in_flight = in_flight;
      options.rate = rate;
      auto transport = std::make_unique<PlayedTransport>();
      transports.push_back(transport.get());
      WriterOptions writer;
      writer.dialect = find_dialect("vllm");
      LaneSetup setup{{options.url, {}, nullptr}, RequestWriter(writer), 4, false, true, {}, {}};
      lanes.push_back(std::make_unique<Lane>(std::move(transport), options));
      lanes.back()->set_up(std::make_shared<const LaneSetup>(std::move(setup)));
    }
  }

  Lanes lanes;
  std::vector<PlayedTransport*> transports;
};

/// Of a dispatcher over them.
inline DispatcherOptions played_options() {
  DispatcherOptions options;
  options.ladder = {{std::chrono::seconds(1), std::chrono::seconds(4)}, 2};
  options.canary.request = [](const Lane&) { return HttpRequest{.url = "canary", .body = {}}; };
  options.canary.check = [](const HttpReply& reply, const Lane& lane) {
    return check_reply(reply, lane.setup()->context);
  };
  return options;
}

}  // namespace viltree::http::testing
