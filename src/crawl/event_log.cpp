#include "event_log.hpp"

#include <viltree/core/clock.hpp>

#include <span>

#include <nlohmann/json.hpp>

namespace viltree::crawl {

namespace {

core::Result<bool> ends_within_line(const storage::RunDirectory& run) {
  const auto file = run.file_system().open(run.events(), storage::OpenMode::kRead);
  if (!file) return core::fail(file.error());
  const auto size = (*file)->size();
  if (!size) return core::fail(size.error());
  if (*size == 0) return false;
  char last = 0;
  const auto count = (*file)->read_at(*size - 1, std::span(&last, 1));
  if (!count) return core::fail(count.error());
  return last != '\n';
}

}  // namespace

core::Result<EventLog> EventLog::open(const storage::RunDirectory& run) {
  auto file = run.file_system().open(run.events(), storage::OpenMode::kAppend);
  if (!file) return core::fail(file.error());
  const auto torn = ends_within_line(run);
  if (!torn) return core::fail(torn.error());
  return EventLog(std::move(*file), *torn);
}

core::Status EventLog::write(std::string_view event, const Fields& fields) {
  nlohmann::ordered_json line = {{"time", core::utc_now()}, {"event", event}};
  for (const auto& [name, value] : fields) line[name] = value;
  const std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  core::Status written = file_->append(torn_ ? '\n' + text : text);
  torn_ = !written;
  return written;
}

}  // namespace viltree::crawl
