#include "faults/memory_file_system.hpp"
#include "temporary_directory.hpp"

#include <viltree/storage/file_system.hpp>

#include <array>
#include <csignal>
#include <string>

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace viltree;
using namespace viltree::storage;
using core::ErrorKind;
using test::MemoryFileSystem;
using test::TemporaryDirectory;

namespace {

constexpr std::uint64_t kEnough = 1 << 24;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

/// The child's side of the test of interrupted writes: disturbs the parent between reads; exits 0 when all
/// has come.
[[noreturn]] void disturb_and_read(pid_t parent, const Path& pipe, const std::string& expected) {
  const core::Result<std::unique_ptr<File>> file = real_file_system().open(pipe, OpenMode::kRead);
  std::string got;
  std::array<char, 5000> piece{};
  while (file && got.size() < expected.size()) {
    if (::getppid() == parent) ::kill(parent, SIGUSR1);
    const core::Result<std::size_t> count = (*file)->read(piece);
    if (!count || *count == 0) break;
    got.append(piece.data(), *count);
  }
  ::_exit(got == expected ? 0 : 1);
}

}  // namespace

TEST_CASE("file system: append adds, create cuts, truncate shortens, reads find what was written") {
  const TemporaryDirectory folder;
  FileSystem& fs = real_file_system();
  const Path path = folder.path() / "file";
  {
    const auto file = fs.open(path, OpenMode::kAppend);
    REQUIRE(file);
    CHECK((*file)->append("hello "));
    CHECK((*file)->append("world"));
    CHECK((*file)->sync());
    CHECK((*file)->size() == 11U);
  }
  {
    const auto file = fs.open(path, OpenMode::kAppend);
    REQUIRE(file);
    CHECK((*file)->truncate(5));
    CHECK((*file)->append("!"));
  }
  const auto file = fs.open(path, OpenMode::kRead);
  REQUIRE(file);
  std::array<char, 4> piece{};
  CHECK((*file)->read(piece) == 4U);
  CHECK((*file)->read_at(1, piece) == 4U);
  CHECK(std::string(piece.data(), 4) == "ello");
  CHECK((*file)->read(piece) == 2U);
  CHECK((*file)->read(piece) == 0U);
  CHECK(read_file(fs, path, kEnough) == "hello!");
  CHECK(fs.open(path, OpenMode::kCreate));
  CHECK(read_file(fs, path, kEnough) == "");
}

TEST_CASE("file system: an error names operation, path and reason") {
  const TemporaryDirectory folder;
  const auto file = real_file_system().open(folder.path() / "missing", OpenMode::kRead);
  REQUIRE(!file);
  CHECK(file.error().kind == ErrorKind::kPermanent);
  CHECK(file.error().message ==
        "open '" + (folder.path() / "missing").string() + "': No such file or directory");
}

TEST_CASE("file system: a full disk is kExhausted and says what helps") {
  const auto file = real_file_system().open("/dev/full", OpenMode::kAppend);
  REQUIRE(file);
  const core::Status written = (*file)->append("x");
  REQUIRE(!written);
  CHECK(written.error().kind == ErrorKind::kExhausted);
  CHECK(written.error().message.find("No space left on device; free space") != std::string::npos);
}

TEST_CASE("file system: after a failed sync nothing of that file succeeds any more") {
  const auto file = real_file_system().open("/dev/null", OpenMode::kAppend);  // cannot be synced
  REQUIRE(file);
  CHECK((*file)->append("x"));
  CHECK(!(*file)->sync());
  CHECK(!(*file)->sync());
  CHECK(!(*file)->append("x"));
}

TEST_CASE("file system: a short write is followed by the rest or by an error") {
  const TemporaryDirectory folder;
  const Path path = folder.path() / "file";
  struct rlimit before {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 1000;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  core::Status written;
  {
    const auto file = real_file_system().open(path, OpenMode::kAppend);
    if (file) written = (*file)->append(pattern(3000));
  }
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, old_handler);
  REQUIRE(!written);
  CHECK(written.error().message.find("File too large") != std::string::npos);
  CHECK(read_file(real_file_system(), path, kEnough) == pattern(1000));
}

TEST_CASE("file system: signals in the middle of writes and reads change nothing") {
  const TemporaryDirectory folder;
  const Path pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  struct sigaction ignore {};
  ignore.sa_handler = [](int) {};  // without SA_RESTART, so that calls end with EINTR
  struct sigaction before {};
  REQUIRE(::sigaction(SIGUSR1, &ignore, &before) == 0);
  const std::string bytes = pattern(1'000'000);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) disturb_and_read(parent, pipe, bytes);
  const auto file = real_file_system().open(pipe, OpenMode::kAppend);
  REQUIRE(file);
  CHECK((*file)->append(bytes));
  int status = 0;
  pid_t ended = -1;
  while (ended == -1) ended = ::waitpid(child, &status, 0);
  CHECK(ended == child);
  CHECK(status == 0);
  ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("file system: list is sorted, remove may find nothing, folders are made") {
  const TemporaryDirectory folder;
  FileSystem& fs = real_file_system();
  CHECK(make_durable_directories(fs, folder.path() / "a" / "b"));
  CHECK(make_durable_directories(fs, folder.path() / "a" / "b"));
  CHECK(write_atomically(fs, folder.path() / "z", "1"));
  CHECK(write_atomically(fs, folder.path() / "m", "2"));
  CHECK(fs.list(folder.path()) == std::vector<std::string>{"a", "m", "z"});
  CHECK(fs.remove(folder.path() / "z"));
  CHECK(fs.remove(folder.path() / "z"));
  CHECK(fs.exists(folder.path() / "z") == false);
  CHECK(fs.exists(folder.path() / "m") == true);
  CHECK(!fs.list(folder.path() / "missing"));
}

TEST_CASE("file system: a file longer than allowed is not read") {
  MemoryFileSystem fs;
  REQUIRE(write_atomically(fs, "file", pattern(100)));
  CHECK(read_file(fs, "file", 100));
  const auto refused = read_file(fs, "file", 99);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::kExhausted);
}

TEST_CASE("lock: a second one is refused and told who has the first; it is free again afterwards") {
  const TemporaryDirectory folder;
  FileSystem& fs = real_file_system();
  const Path path = folder.path() / "lock";
  CHECK(fs.lock_state(path)->held == false);
  {
    const auto first = fs.lock(path);
    REQUIRE(first);
    const auto second = fs.lock(path);
    REQUIRE(!second);
    CHECK(second.error().kind == ErrorKind::kPermanent);
    CHECK(second.error().message.find("in use by process " + std::to_string(::getpid())) == 0);
    const auto state = fs.lock_state(path);
    REQUIRE(state);
    CHECK(state->held);
    CHECK(state->process == ::getpid());
  }
  CHECK(fs.lock_state(path)->held == false);
  CHECK(fs.lock(path));
}

TEST_CASE("lock: a killed process holds nothing") {
  const TemporaryDirectory folder;
  const Path path = folder.path() / "lock";
  std::array<int, 2> ready{};
  REQUIRE(::pipe(ready.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto lock = real_file_system().lock(path);
    (void)!::write(ready[1], lock ? "1" : "0", 1);
    while (true) ::pause();
  }
  char answer = '0';
  CHECK(::read(ready[0], &answer, 1) == 1);
  CHECK(answer == '1');
  const auto refused = real_file_system().lock(path);
  REQUIRE(!refused);
  CHECK(refused.error().message.find("in use by process " + std::to_string(child)) == 0);
  ::kill(child, SIGKILL);
  CHECK(::waitpid(child, nullptr, 0) == child);
  CHECK(real_file_system().lock(path));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("write_atomically: whatever happens at whatever call, the file holds the old bytes or the new") {
  const auto prepare = [](MemoryFileSystem& fs) {
    REQUIRE(make_durable_directories(fs, "run"));
    REQUIRE(write_atomically(fs, "run/file", "old"));
  };
  MemoryFileSystem reference;
  prepare(reference);
  const std::uint64_t first = reference.calls() + 1;
  REQUIRE(write_atomically(reference, "run/file", "something new"));
  for (std::uint64_t call = first; call <= reference.calls() + 1; ++call) {
    for (const bool power_lost : {false, true}) {
      MemoryFileSystem fs;
      prepare(fs);
      fs.die_at(call, true);
      const bool done = write_atomically(fs, "run/file", "something new").has_value();
      CHECK(done == (call > reference.calls()));
      if (power_lost) {
        fs.lose_power(test::PowerLoss::kTorn);
      } else {
        fs.restart();
      }
      const auto bytes = read_file(fs, "run/file", kEnough);
      REQUIRE(bytes);
      CHECK((*bytes == "something new" || (*bytes == "old" && !done)));
    }
  }
}

TEST_CASE("write_atomically: a full disk leaves the old file and no half-written one") {
  MemoryFileSystem fs;
  REQUIRE(write_atomically(fs, "file", "old"));
  fs.limit_space(3);
  const core::Status written = write_atomically(fs, "file", "something new");
  REQUIRE(!written);
  CHECK(written.error().kind == ErrorKind::kExhausted);
  CHECK(fs.files() == std::vector<std::string>{"file"});
  CHECK(fs.bytes("file") == "old");
}
