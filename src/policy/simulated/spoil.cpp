#include "spoil.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

namespace viltree::simulated {

namespace {

constexpr std::string_view kGarbage = "<html><body>upstream connect error</body>";
constexpr std::size_t kDeep = 100'000;

/// To the end of the character at `at`.
std::size_t character_end(std::string_view text, std::size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  return at;
}

std::string deep_json() {
  return R"({"choices":)" + std::string(kDeep, '[') + std::string(kDeep, ']') + '}';
}

/// The end of the event in the middle of a stream; of one event, its end.
std::size_t middle_of(const HttpReply& reply) {
  return reply.chunk_ends.empty() ? 0 : reply.chunk_ends[(reply.chunk_ends.size() - 1) / 2];
}

/// Puts an event into a stream's middle, or takes the place of a body.
void put(std::string text, HttpReply& reply) {
  if (reply.chunk_ends.empty()) {
    reply.body = std::move(text);
    return;
  }
  const std::size_t at = middle_of(reply);
  const std::string event = "data: " + text + "\n\n";
  reply.body.insert(at, event);
  for (std::size_t& end : reply.chunk_ends) {
    if (end >= at) end += event.size();
  }
}

std::string in_seconds(std::chrono::milliseconds wait) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(wait.count()) / 1000);
  return text.data();
}

}  // namespace

void spoil_choices(const Fault& fault, Reply& reply) {
  if (fault.kind == FaultKind::kEmpty) reply.choices.clear();
  if (reply.choices.empty()) return;
  Choice& first = reply.choices.front();
  switch (fault.kind) {
    case FaultKind::kUtf8:
      first.text.insert(character_end(first.text, first.text.size() / 2), kBrokenTextMark);
      break;
    case FaultKind::kDuplicate:
      reply.choices.push_back(Choice(first));
      break;
    case FaultKind::kMissing:
      reply.choices.pop_back();
      break;
    case FaultKind::kIdentical:
      for (Choice& choice : reply.choices) {
        const std::uint32_t index = choice.index;
        if (index > 0) choice = first;
        choice.index = index;
      }
      break;
    case FaultKind::kNoFinish:
      reply.choices.back().finish.reset();
      break;
    default:
      break;
  }
}

void spoil_reply(const Fault& fault, HttpReply& reply) {
  reply.span = fault.duration;
  switch (fault.kind) {
    case FaultKind::kReset:
      reply.status = 0;
      reply.delivery = Delivery::kReset;
      break;
    case FaultKind::kResetLate:
      reply.delivery = Delivery::kResetLate;
      break;
    case FaultKind::kTruncated:
      reply.delivery = Delivery::kTruncated;
      break;
    case FaultKind::kSlow:
      reply.delay += fault.duration;
      break;
    case FaultKind::kTrickle:
      reply.delivery = Delivery::kTrickle;
      break;
    case FaultKind::kLength:
      reply.delivery = fault.turn % 2 == 0 ? Delivery::kTooLong : Delivery::kTooShort;
      break;
    case FaultKind::kGarbage:
      put(std::string(kGarbage), reply);
      break;
    case FaultKind::kDeep:
      put(deep_json(), reply);
      break;
    case FaultKind::kStall:
      reply.delivery = Delivery::kStall;
      break;
    case FaultKind::kDies:
      reply.status = 0;
      reply.delivery = Delivery::kServerDies;
      break;
    default:
      break;
  }
}

std::vector<std::pair<std::string, std::string>> retry_headers(const Fault& fault, std::int64_t now) {
  if (fault.status != 429 && fault.status != 503) return {};
  constexpr std::uint64_t kForms = 7;
  const std::int64_t whole = (fault.duration.count() + 999) / 1000;
  const std::string milliseconds = std::to_string(fault.duration.count());
  switch (fault.turn % kForms) {
    case 0:
      return {{"retry-after", std::to_string(fault.duration.count() / 1000)}};
    case 1:
      return {{"retry-after", std::to_string(whole)}};
    case 2:
      return {{"retry-after", in_seconds(fault.duration)}};
    case 3:
      return {{"retry-after", http_date(now + whole)}, {"date", http_date(now)}};
    case 4:
      return {{"retry-after-ms", milliseconds}};
    case 5:
      return {{"x-ratelimit-reset-requests", milliseconds + "ms"}};
    default:
      return {};
  }
}

std::string http_date(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts{};
  gmtime_r(&time, &parts);
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                kMonths[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  return text.data();
}

}  // namespace viltree::simulated
