#pragma once

#include "received.hpp"

#include <viltree/core/background.hpp>
#include <viltree/core/clock.hpp>
#include <viltree/crawl/crawl.hpp>
#include <viltree/storage/journal.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace viltree::crawl {

/// The journal of a run at work: written to, synced and compacted in the background, and cut off behind the
/// units that are committed. What the disk refuses ends the run: FatalError(kStorage). For one thread.
class RunJournal {
 public:
  /// Opens the run's journal, and tells what it had to mend.
  RunJournal(const Options& options, const Parts& parts);
  ~RunJournal();
  RunJournal(const RunJournal&) = delete;
  RunJournal& operator=(const RunJournal&) = delete;

  /// The first segment that holds an answer of each unit which is not committed.
  void know(std::map<std::uint64_t, std::uint64_t> first_segments);

  void append(const std::vector<Received>& received);
  /// Syncs now and then, and compacts what is sealed.
  void keep_up();
  /// Everything is on the disk when it returns.
  void sync();
  /// Waits for what goes on in the background.
  void settle();

  /// The first segment that is still needed.
  [[nodiscard]] std::uint64_t needed_from() const;
  /// Units before this one are committed: what none but they need is not kept, unless the options say so.
  void committed_before(std::uint64_t unit, std::uint64_t from);

 private:
  void sync_now_and_then();
  void compact();

  const Options& options_;
  const Parts& parts_;
  std::unique_ptr<storage::JournalWriter> writer_;
  std::map<std::uint64_t, std::uint64_t> first_segments_;  ///< by unit that is not committed
  core::Pending<core::Status> sync_;
  core::Pending<core::Status> compaction_;
  core::Clock::Duration last_sync_{};
};

}  // namespace viltree::crawl
