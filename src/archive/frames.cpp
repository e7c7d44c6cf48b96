#include <viltree/archive/frames.hpp>
#include <viltree/labels/labels.hpp>

#include <atomic>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

namespace viltree::archive {

namespace {

/// The frames of some parts, one after the other. A file is opened when its turn comes. For one thread.
class FrameSource {
 public:
  FrameSource(const storage::RunDirectory& run, std::vector<Part> parts)
      : run_(run), parts_(std::move(parts)) {}

  /// Nothing at the end, and after an error.
  std::optional<Frame> next() {
    while (status_ && next_ < parts_.size()) {
      const Part& part = parts_[next_];
      if (file_.file != part.file || !file_.reader) open(part.file);
      if (!status_) break;
      const std::size_t end = part.frame ? *part.frame + 1 : file_.reader->frame_count();
      if (!begun_) file_.number = part.frame.value_or(0);
      begun_ = file_.number < end;
      if (!begun_) {
        ++next_;
        continue;
      }
      if (file_.number >= file_.reader->frame_count()) {
        status_ = core::fail(core::ErrorKind::kCorruption,
                             part.file + " has no frame " + std::to_string(file_.number));
        break;
      }
      file_.most_lines = part.most_lines;
      Frame frame = file_;
      ++file_.number;
      return frame;
    }
    return std::nullopt;
  }

  [[nodiscard]] const core::Status& status() const { return status_; }

 private:
  void open(const std::string& file) {
    auto reader = storage::LineFileReader::open(run_.file_system(), run_.path(file));
    if (!reader) {
      status_ = core::fail(reader.error());
      return;
    }
    file_ = {std::make_shared<const storage::LineFileReader>(std::move(*reader)), file, 0, 0};
  }

  const storage::RunDirectory& run_;
  std::vector<Part> parts_;
  std::size_t next_ = 0;  // place in parts_
  bool begun_ = false;    // that part
  Frame file_;            // its next frame
  core::Status status_;
};

using Made = std::shared_ptr<void>;

void pump(FrameSource& source, const detail::UntypedWork& work, std::size_t in_flight) {
  using tbb::filter_mode;
  std::atomic<bool> stopped = false;  // what comes later is not looked at
  const auto next = [&](tbb::flow_control& control) -> Frame {
    std::optional<Frame> frame = stopped ? std::nullopt : source.next();
    if (frame) return *std::move(frame);
    control.stop();
    return {};
  };
  const auto work_on = [&](const Frame& frame) { return stopped ? Made() : work.work(frame); };
  const auto hand_on = [&](const Made& made) {
    if (!stopped && !work.take(made.get())) stopped = true;
  };
  tbb::parallel_pipeline(in_flight, tbb::make_filter<void, Frame>(filter_mode::serial_in_order, next) &
                                        tbb::make_filter<Frame, Made>(filter_mode::parallel, work_on) &
                                        tbb::make_filter<Made, void>(filter_mode::serial_in_order, hand_on));
}

}  // namespace

core::Status detail::walk(const storage::RunDirectory& run, std::vector<Part> parts, int threads,
                          const UntypedWork& work) {
  FrameSource source(run, std::move(parts));
  tbb::task_arena arena(threads == 0 ? tbb::task_arena::automatic : threads);
  arena.execute([&] { pump(source, work, static_cast<std::size_t>(arena.max_concurrency()) * 2); });
  return source.status();
}

core::Status for_each_line(const Frame& frame, const storage::OnLine& on_line) {
  const auto text = frame.reader->read_frame(frame.number);
  if (!text) return core::fail(text.error());
  std::vector<std::string_view> lines;
  std::uint64_t end = 0;
  (void)storage::for_each_line_of(*text, end, [&](std::uint64_t, std::string_view line) -> core::Status {
    lines.push_back(line);
    return {};
  });
  for (const std::size_t place : labels::evenly_spread(lines.size(), frame.most_lines)) {
    core::Status done = on_line(place, lines[place]);
    if (done) continue;
    if (done.error().kind != core::ErrorKind::kCorruption) return done;
    return core::fail(done.error(), place_of(frame, place));
  }
  return {};
}

std::string place_of(const Frame& frame, std::uint64_t line) {
  return "frame " + std::to_string(frame.number) + ", line " + std::to_string(line + 1) + " of it";
}

core::Error told(const std::string& file, const core::Error& error) {
  if (error.kind != core::ErrorKind::kCorruption) return error;
  const bool names_it = error.message.find(file) != std::string::npos;
  return {error.kind,
          (names_it ? "" : file + ": ") + error.message + "; `viltree verify` says what else is damaged"};
}

}  // namespace viltree::archive
