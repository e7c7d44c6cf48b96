#include <viltree/storage/file_system.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace viltree::storage {

namespace {

using core::ErrorKind;
using core::Result;
using core::Status;

constexpr mode_t kReadableByAll = 0644;

std::string hint(int code) {
  switch (code) {
    case ENOSPC:
      return "; free space on this disk, then give the same command again";
    case EDQUOT:
      return "; raise the quota or free space, then give the same command again";
    case ENOLCK:
    case EOPNOTSUPP:
    case ENOSYS:
      return "; put the run directory on a file system that can do this, such as a local disk";
    case EMFILE:
    case ENFILE:
      return "; raise the limit of open files (ulimit -n)";
    default:
      return "";
  }
}

core::Error system_error(int code, const std::string& operation, const Path& path) {
  const bool full = code == ENOSPC || code == EDQUOT;
  return {full ? ErrorKind::kExhausted : ErrorKind::kPermanent,
          operation + " '" + path.string() + "': " + std::generic_category().message(code) + hint(code)};
}

/// Calls again for as long as a signal interrupts.
template <class Call>
auto uninterrupted(Call call) {
  decltype(call()) result;
  do {
    result = call();
  } while (result == -1 && errno == EINTR);
  return result;
}

/// A file descriptor, closed when it goes.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

Result<Descriptor> open_descriptor(const Path& path, int flags, const std::string& operation) {
  const int value = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kReadableByAll); });
  if (value < 0) return core::fail(system_error(errno, operation, path));
  return Descriptor(value);
}

class PosixFile final : public File {
 public:
  PosixFile(Path path, Descriptor descriptor) : path_(std::move(path)), descriptor_(std::move(descriptor)) {}

  Status append(std::string_view bytes) override {
    if (const int code = sync_failure_)
      return core::fail(system_error(code, "write after a failed sync", path_));
    while (!bytes.empty()) {
      const ssize_t count =
          uninterrupted([&] { return ::write(descriptor_.get(), bytes.data(), bytes.size()); });
      if (count < 0) return core::fail(system_error(errno, "write", path_));
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }

  Status sync() override {
    // The kernel forgets which pages a failed sync has lost, so a second one would succeed without them.
    if (const int code = sync_failure_) return core::fail(system_error(code, "sync", path_));
    if (uninterrupted([&] { return ::fdatasync(descriptor_.get()); }) == 0) return {};
    sync_failure_ = errno;
    return core::fail(system_error(sync_failure_, "sync", path_));
  }

  Status truncate(std::uint64_t size) override {
    const auto length = static_cast<off_t>(size);
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), length); }) == 0) return {};
    return core::fail(system_error(errno, "truncate", path_));
  }

  Result<std::uint64_t> size() const override {
    struct stat status {};
    if (::fstat(descriptor_.get(), &status) != 0) return core::fail(system_error(errno, "look at", path_));
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<std::size_t> read(std::span<char> into) override {
    return fill(into, [&](std::span<char> rest, std::size_t) {
      return ::read(descriptor_.get(), rest.data(), rest.size());
    });
  }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return fill(into, [&](std::span<char> rest, std::size_t done) {
      return ::pread(descriptor_.get(), rest.data(), rest.size(), static_cast<off_t>(offset + done));
    });
  }

 private:
  template <class Read>
  Result<std::size_t> fill(std::span<char> into, Read read_some) const {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t count = uninterrupted([&] { return read_some(into.subspan(done), done); });
      if (count < 0) return core::fail(system_error(errno, "read", path_));
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Path path_;
  Descriptor descriptor_;
  std::atomic<int> sync_failure_ = 0;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

/// What file systems without locks say.
bool has_no_locks(int code) {
  return code == ENOLCK || code == EOPNOTSUPP || code == ENOSYS;
}

struct flock whole_file() {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

std::int64_t read_process(const Descriptor& descriptor) {
  std::array<char, 24> text{};
  const ssize_t count = uninterrupted([&] { return ::pread(descriptor.get(), text.data(), text.size(), 0); });
  std::int64_t process = 0;
  if (count > 0) std::from_chars(text.data(), text.data() + count, process);
  return process;
}

/// Who holds the lock is for people: a full disk must not keep a run from being taken up.
void note_process(const Descriptor& descriptor) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (uninterrupted([&] { return ::ftruncate(descriptor.get(), 0); }) != 0) return;
  (void)!uninterrupted([&] { return ::pwrite(descriptor.get(), text.data(), text.size(), 0); });
}

std::string in_use(std::int64_t process, const Path& path) {
  const std::string who = process > 0 ? "process " + std::to_string(process) : "another process";
  return "in use by " + who + " (lock file '" + path.string() + "'); wait for it to end, or stop it";
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const Path& path, OpenMode mode) override {
    Result<Descriptor> descriptor =
        open_descriptor(path, flags_of(mode), mode == OpenMode::kRead ? "open" : "create");
    if (!descriptor) return core::fail(std::move(descriptor.error()));
    return std::make_unique<PosixFile>(path, std::move(*descriptor));
  }

  Status rename(const Path& from, const Path& to) override {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    return core::fail(system_error(errno, "rename '" + from.string() + "' to", to));
  }

  Status remove(const Path& path) override {
    if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
    return core::fail(system_error(errno, "remove", path));
  }

  Status make_directories(const Path& path) override {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    if (error) return core::fail(system_error(error.value(), "make folder", path));
    return {};
  }

  Status sync_directory(const Path& path) override {
    const Result<Descriptor> descriptor = open_descriptor(path, O_RDONLY | O_DIRECTORY, "open folder");
    if (!descriptor) return core::fail(descriptor.error());
    if (uninterrupted([&] { return ::fsync(descriptor->get()); }) == 0) return {};
    return core::fail(system_error(errno, "sync folder", path));
  }

  Result<std::vector<std::string>> list(const Path& path) override {
    std::vector<std::string> names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error) return core::fail(system_error(error.value(), "list folder", path));
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<bool> exists(const Path& path) override {
    std::error_code error;
    const bool there = std::filesystem::exists(path, error);
    if (error) return core::fail(system_error(error.value(), "look for", path));
    return there;
  }

  // Locks of the open file description: they end with the process however it ends, exclude other threads of
  // the same process too, and can be looked at without being taken.
  Result<std::unique_ptr<FileLock>> lock(const Path& path) override {
    Result<Descriptor> descriptor = open_descriptor(path, O_RDWR | O_CREAT, "open lock file");
    if (!descriptor) return core::fail(std::move(descriptor.error()));
    struct flock range = whole_file();
    if (uninterrupted([&] { return ::fcntl(descriptor->get(), F_OFD_SETLK, &range); }) != 0) {
      if (errno != EAGAIN && errno != EACCES) return core::fail(system_error(errno, "lock", path));
      return core::fail(ErrorKind::kPermanent, in_use(read_process(*descriptor), path));
    }
    note_process(*descriptor);
    return std::make_unique<PosixLock>(std::move(*descriptor));
  }

  Result<LockState> lock_state(const Path& path) override {
    const Result<bool> there = exists(path);
    if (!there) return core::fail(there.error());
    if (!*there) return LockState{};
    const Result<Descriptor> descriptor = open_descriptor(path, O_RDONLY, "open lock file");
    if (!descriptor) return core::fail(descriptor.error());
    struct flock range = whole_file();
    if (uninterrupted([&] { return ::fcntl(descriptor->get(), F_OFD_GETLK, &range); }) != 0) {
      if (has_no_locks(errno)) return LockState{};  // lock() fails there, so that nobody holds it
      return core::fail(system_error(errno, "look at lock", path));
    }
    if (range.l_type == F_UNLCK) return LockState{};
    return LockState{true, read_process(*descriptor)};
  }

 private:
  static int flags_of(OpenMode mode) {
    switch (mode) {
      case OpenMode::kRead:
        return O_RDONLY;
      case OpenMode::kAppend:
        return O_WRONLY | O_APPEND | O_CREAT;
      case OpenMode::kCreate:
        break;
    }
    return O_WRONLY | O_APPEND | O_CREAT | O_TRUNC;
  }
};

}  // namespace

FileSystem& real_file_system() {
  static PosixFileSystem file_system;
  return file_system;
}

}  // namespace viltree::storage
