#include "benches.hpp"
#include "canned_server.hpp"
#include "workbench.hpp"

#include <viltree/core/fatal.hpp>
#include <viltree/core/mutex.hpp>
#include <viltree/http/http_policy.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/resource.h>

namespace viltree::bench {

namespace {

using core::ExitCode;
using core::value_or_fatal;
using Json = nlohmann::json;

constexpr std::uint32_t kInFlight = 64;
constexpr std::uint64_t kRequests = 60'000;
constexpr std::uint64_t kImageRequests = 12'000;
constexpr std::size_t kImageBytes = 300'000;
constexpr int kWrkSeconds = 4;

std::string reply_of_1_kb() {
  const Json choice = {{"index", 0},
                       {"message", {{"role", "assistant"}, {"content", std::string(760, 'x')}}},
                       {"finish_reason", "stop"}};
  return Json{{"object", "chat.completion"},
              {"model", "m"},
              {"choices", {choice}},
              {"usage", {{"prompt_tokens", 300}, {"completion_tokens", 190}}}}
      .dump();
}

domain::Problem problem_with(std::size_t image_bytes) {
  domain::Problem problem;
  problem.id = "p";
  problem.question = "How many apples are left?";
  if (image_bytes == 0) return problem;
  domain::Image image;
  image.media_type = "image/png";
  image.sha256 = "0";
  image.bytes = std::make_shared<const std::string>(image_bytes, 'x');
  problem.images.push_back(image);
  return problem;
}

struct Rate {
  double cpu = 0;  ///< seconds for a request
  double per_second = 0;
};

/// A closed loop of requests for one completion each.
Rate measure_policy(std::uint16_t port, std::size_t image_bytes, std::uint64_t requests) {
  http::HttpOptions options;
  http::Endpoint endpoint;
  endpoint.url = "http://127.0.0.1:" + std::to_string(port) + "/v1";
  options.endpoints.push_back(endpoint);
  options.limits.in_flight = kInFlight;
  options.probe = false;
  const auto policy = value_or_fatal(http::make_http_policy(options), ExitCode::kUsage);
  value_or_fatal(policy->start(), ExitCode::kPolicy);
  const auto prompt = value_or_fatal(policy->prepare(problem_with(image_bytes)), ExitCode::kUsage);
  core::Mutex mutex;
  core::Condition done;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  const std::function<void()> ask = [&] {
    policy->sample({.prompt = prompt, .prefix = "Five are eaten, so ", .seed = sent},
                   [&](const policy::SampleResult&) {
                     const core::Lock lock(mutex);
                     if (++answered == requests) done.notify_all();
                     if (sent++ < requests) ask();
                   });
  };
  const auto start = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  {
    const core::Lock lock(mutex);
    for (; sent < kInFlight; ++sent) ask();
    while (answered < requests) done.wait(mutex);
  }
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const auto count = static_cast<double>(requests);
  return {(cpu_seconds() - cpu) / count, count / wall};
}

/// The body of such a request, roughly: wrk sends one and the same.
std::string body_of(std::size_t image_bytes) {
  Json content = "How many apples are left?";
  if (image_bytes > 0) {
    const std::string url = "data:image/png;base64," + std::string(image_bytes * 4 / 3, 'A');
    content = Json::array(
        {{{"type", "image_url"}, {"image_url", {{"url", url}}}}, {{"type", "text"}, {"text", content}}});
  }
  return Json{{"model", "m"}, {"messages", {{{"role", "user"}, {"content", content}}}}, {"n", 1}}.dump();
}

double children_cpu() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The same load by wrk, on one thread. A rate of 0 where it is not installed.
Rate measure_wrk(const Workbench& bench, std::uint16_t port, std::size_t image_bytes) {
  const auto body = bench.folder("body.json");
  const auto script = bench.folder("post.lua");
  std::ofstream(body) << body_of(image_bytes);
  std::ofstream(script)
      << "local f = io.open('" << body.string() << "')\nwrk.method = 'POST'\n"
      << "wrk.headers['Content-Type'] = 'application/json'\nwrk.body = f:read('*a')\nf:close()\n";
  const std::string command = "wrk -t1 -c" + std::to_string(kInFlight) + " -d" + std::to_string(kWrkSeconds) +
                              "s -s " + script.string() + " http://127.0.0.1:" + std::to_string(port) +
                              "/v1/chat/completions 2>/dev/null";
  const double cpu = children_cpu();
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe))
    text.append(buffer.data(), count);
  pclose(pipe);
  const std::size_t at = text.find(" requests in ");
  if (at == std::string::npos) return {};
  const std::size_t line = text.rfind('\n', at) + 1;
  const double requests = std::stod(text.substr(line, at - line));
  return {(children_cpu() - cpu) / requests, requests / kWrkSeconds};
}

void compare(const Workbench& bench, std::uint16_t port, std::size_t image_bytes, std::uint64_t requests,
             std::ostream& out) {
  const std::string with = image_bytes == 0 ? "no image" : "image of 300 KB";
  const Rate ours = measure_policy(port, image_bytes, requests);
  print(out, with + ": client", ours.per_second, "requests/s");
  print(out, with + ": client, processor time", ours.cpu * 1e6, "us/request");
  const Rate wrk = measure_wrk(bench, port, image_bytes);
  if (wrk.per_second == 0) return;
  print(out, with + ": wrk", wrk.per_second, "requests/s");
  print(out, with + ": wrk, processor time", wrk.cpu * 1e6, "us/request");
}

}  // namespace

void run_client(const Options&, std::ostream& out) {
  const Workbench bench;
  const CannedServer server(R"({"data":[{"id":"m","owned_by":"vllm"}]})", reply_of_1_kb());
  out << "client: answers of " << reply_of_1_kb().size() << " bytes from a server with fixed answers, "
      << kInFlight << " requests at once" << '\n';
  compare(bench, server.port(), 0, kRequests, out);
  compare(bench, server.port(), kImageBytes, kImageRequests, out);
}

}  // namespace viltree::bench
