#include "event_log.hpp"

#include <viltree/core/clock.hpp>

#include <nlohmann/json.hpp>

namespace viltree::crawl {

core::Result<EventLog> EventLog::open(const storage::RunDirectory& run) {
  auto file = run.file_system().open(run.events(), storage::OpenMode::kAppend);
  if (!file) return core::fail(file.error());
  return EventLog(std::move(*file));
}

core::Status EventLog::write(std::string_view event, const Fields& fields) {
  nlohmann::ordered_json line = {{"time", core::utc_now()}, {"event", event}};
  for (const auto& [name, value] : fields) line[name] = value;
  return file_->append(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n');
}

}  // namespace viltree::crawl
