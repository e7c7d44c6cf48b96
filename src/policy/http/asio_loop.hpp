#pragma once

#include "loop.hpp"

#include <memory>

namespace boost::asio {
class io_context;
}

namespace viltree::http {

/// A loop of Boost.Asio. The sources that wait for sockets ask for its context; nobody else sees Asio.
class AsioLoop final : public Loop {
 public:
  AsioLoop();
  ~AsioLoop() override;

  /// Until stop(), on the thread that is the loop's from then on.
  void run();
  /// What is not done by now is not done any more. For any thread.
  void stop();
  [[nodiscard]] boost::asio::io_context& context();

  [[nodiscard]] Time now() const override;
  void post(std::function<void()> task) override;
  [[nodiscard]] std::unique_ptr<Timer> after(Time wait, std::function<void()> task) override;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

}  // namespace viltree::http
