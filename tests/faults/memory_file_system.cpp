#include "memory_file_system.hpp"

#include <viltree/core/random.hpp>

#include <algorithm>
#include <stdexcept>

namespace viltree::test {

using core::ErrorKind;
using core::Lock;
using core::Result;
using core::Status;
using storage::File;
using storage::FileLock;
using storage::LockState;
using storage::OpenMode;
using storage::Path;

namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kBlock = 4096;

std::string key(const Path& path) {
  std::string text = path.lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

std::string folder_key(const std::string& name) {
  const Path above = Path(name).parent_path();
  return above.empty() ? "." : above.string();
}

bool is_top(const std::string& name) {
  return name == "." || name == "/";
}

tl::unexpected<core::Error> dead_process() {
  return core::fail(ErrorKind::kPermanent, "the process is dead");
}

void carry_out(DiskImage::Names& names, const DiskImage::NameChange& change) {
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.file;
}

void forget_names_without_folder(DiskImage::Names& names) {
  const DiskImage::Names all = names;
  std::erase_if(names, [&](const auto& entry) {
    for (std::string above = folder_key(entry.first); !is_top(above); above = folder_key(above)) {
      if (!all.contains(above)) return true;
    }
    return false;
  });
}

std::size_t draw(core::Random& random, std::size_t below) {
  return below == 0 ? 0 : static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(below) - 1));
}

void fill(std::string& bytes, std::size_t from, std::size_t to, core::Random& random, bool with_zeros) {
  for (std::size_t i = from; i < to; ++i) {
    bytes[i] = with_zeros ? '\0' : static_cast<char>(random.between(0, 255));
  }
}

/// The first `kept` bytes are safe; what became of the rest.
std::string drawn_bytes(const DiskImage::File& file, std::size_t kept, core::Random& random) {
  std::string bytes = file.bytes;
  const std::size_t fresh = bytes.size() - kept;
  const std::size_t grain = std::vector<std::size_t>{1, kSector, kBlock}[draw(random, 3)];
  const auto place = [&] { return std::min(bytes.size(), (kept + draw(random, fresh + 1)) / grain * grain); };
  switch (draw(random, 6)) {
    case 0:
      bytes.resize(kept);
      break;
    case 1:  // all
      break;
    case 2:
      bytes.resize(std::max(kept, place()));
      break;
    case 3:  // the size was written before the bytes
      fill(bytes, std::max(kept, place()), bytes.size(), random, draw(random, 2) == 0);
      break;
    case 4: {  // a piece in the middle is missing
      const std::size_t a = std::max(kept, place());
      const std::size_t b = std::max(kept, place());
      fill(bytes, std::min(a, b), std::max(a, b), random, draw(random, 2) == 0);
      break;
    }
    default: {  // one of the appends is missing, and others came
      if (file.appended.empty()) break;
      const std::size_t which = draw(random, file.appended.size());
      const std::size_t end = which + 1 < file.appended.size() ? file.appended[which + 1] : bytes.size();
      fill(bytes, std::max(kept, std::min(file.appended[which], bytes.size())), end, random, true);
    }
  }
  return bytes;
}

std::string bytes_after(const DiskImage::File& file, PowerLoss how, core::Random& random) {
  if (how == PowerLoss::kKept) return file.bytes;
  const bool was_cut = !file.bytes.starts_with(file.durable);
  if (how == PowerLoss::kDrawn) {
    if (was_cut && draw(random, 2) == 0) return file.durable;
    return drawn_bytes(file, file.kept, random);
  }
  std::string bytes = file.durable;
  if (how == PowerLoss::kDropped || how == PowerLoss::kNamesOnly || was_cut) return bytes;
  std::string fresh = file.bytes.substr(bytes.size());
  const std::size_t half = fresh.size() / 2;
  if (how == PowerLoss::kTorn) fresh.resize(half);
  if (how == PowerLoss::kHole) std::fill_n(fresh.begin(), half, '\0');
  return bytes + fresh;
}

}  // namespace

const DiskImage::File* DiskImage::find(const std::string& name) const {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : &files[found->second];
}

DiskImage after_power_loss(const DiskImage& disk, PowerLoss how, std::uint64_t seed) {
  core::Random random(seed);
  DiskImage::Names names = disk.durable_names;
  const std::size_t kept_of_four = draw(random, 5);
  for (const DiskImage::NameChange& change : disk.pending) {
    const bool all = how == PowerLoss::kKept || how == PowerLoss::kNamesOnly;
    if (all || (how == PowerLoss::kDrawn && draw(random, 4) < kept_of_four)) carry_out(names, change);
  }
  forget_names_without_folder(names);
  DiskImage after;
  for (const auto& [name, place] : names) {
    const DiskImage::File& file = disk.files[place];
    DiskImage::File kept{file.is_folder, bytes_after(file, how, random), {}, 0, {}};
    kept.durable = kept.bytes;
    kept.kept = kept.bytes.size();
    after.names[name] = after.files.size();
    after.files.push_back(std::move(kept));
  }
  after.durable_names = after.names;
  return after;
}

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem& fs, std::size_t file, std::string path)
      : fs_(fs), file_(file), path_(std::move(path)) {}

  Status append(std::string_view bytes) override {
    if (failure_) return core::fail(*failure_);
    return fs_.append(file_, path_, bytes);
  }
  Status sync() override {
    if (failure_) return core::fail(*failure_);
    Status synced = fs_.sync(file_, path_);
    if (!synced) failure_ = synced.error();
    return synced;
  }
  Status truncate(std::uint64_t size) override { return fs_.truncate(file_, path_, size); }
  Result<std::uint64_t> size() const override { return fs_.size(file_, path_); }
  Result<std::size_t> read(std::span<char> into) override {
    const Result<std::size_t> count = read_at(position_, into);
    position_ += count.value_or(0);
    return count;
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    return fs_.read_at(file_, path_, offset, into);
  }

 private:
  MemoryFileSystem& fs_;
  std::size_t file_;
  std::string path_;
  std::uint64_t position_ = 0;
  std::optional<core::Error> failure_;
};

class MemoryLock final : public FileLock {
 public:
  MemoryLock(MemoryFileSystem& fs, std::string name) : fs_(fs), name_(std::move(name)) {}
  ~MemoryLock() override { fs_.locks_.erase(name_); }

 private:
  MemoryFileSystem& fs_;
  std::string name_;
};

void MemoryFileSystem::restart() {
  dead_ = false;
  die_at_ = 0;
  fail_sync_ = false;
  failed_ = false;
  lost_at_sync_ = false;
  fault_.reset();
  space_ = std::numeric_limits<std::uint64_t>::max();
  locks_.clear();
}

void MemoryFileSystem::lose_power(PowerLoss how, std::uint64_t seed) {
  restart();
  disk_ = after_power_loss(disk_, how, seed);
}

std::string& MemoryFileSystem::bytes(const Path& path) {
  const auto found = disk_.names.find(key(path));
  if (found == disk_.names.end()) throw std::runtime_error("no such file: " + path.string());
  return disk_.files[found->second].bytes;
}

std::vector<std::string> MemoryFileSystem::files() const {
  std::vector<std::string> found;
  for (const auto& [name, place] : disk_.names) {
    if (!disk_.files[place].is_folder) found.push_back(name);
  }
  return found;
}

/// Every call comes by here.
Status MemoryFileSystem::enter(bool opens) {
  if (dead_) return dead_process();
  ++all_calls_;
  if (!fault_ || all_calls_ < fault_->call || (all_calls_ > fault_->call && !fault_->for_ever)) return {};
  if (fault_->kind == FaultKind::kFiles && !opens) return {};
  failed_ = true;
  if (fault_->kind == FaultKind::kFull) return core::fail(ErrorKind::kExhausted, "No space left on device");
  return core::fail(ErrorKind::kPermanent,
                    fault_->kind == FaultKind::kFiles ? "Too many open files" : "Input/output error");
}

Status MemoryFileSystem::change(Change change, bool opens) {
  if (Status entered = enter(opens); !entered) return entered;
  change.call = ++calls_;
  if (before_change) before_change(change);
  if (calls_ != die_at_) return {};
  dead_ = true;
  return core::fail(ErrorKind::kPermanent, "killed at " + change.what);
}

Status MemoryFileSystem::append(std::size_t file, const std::string& path, std::string_view bytes) {
  step(path);
  const Lock lock(mutex_);
  DiskImage::File& target = disk_.files[file];
  const bool was_dead = dead_;
  const auto put = [&](std::size_t count) {
    if (count > 0) target.appended.push_back(target.bytes.size());
    target.bytes += bytes.substr(0, count);
  };
  if (Status allowed = change({0, "append", path, file, bytes}); !allowed) {
    const bool half = dead_ ? !was_dead && die_halfway_ : allowed.error().kind == ErrorKind::kExhausted;
    if (half) put(bytes.size() / 2);
    return allowed;
  }
  const std::size_t fits = std::min<std::uint64_t>(bytes.size(), space_);
  put(fits);
  space_ -= fits;
  if (fits < bytes.size()) return core::fail(ErrorKind::kExhausted, "No space left on device");
  return {};
}

Status MemoryFileSystem::sync(std::size_t file, const std::string& path) {
  step(path);
  const Lock lock(mutex_);
  DiskImage::File& target = disk_.files[file];
  Status allowed = change({0, "sync", path, file});
  if (!allowed && dead_) return allowed;
  if (!allowed || fail_sync_) {
    fail_sync_ = false;
    lost_at_sync_ = true;
    target.bytes = target.durable;
    target.kept = target.bytes.size();
    target.appended.clear();
    return allowed ? core::fail(ErrorKind::kPermanent, "Input/output error") : allowed;
  }
  target.durable = target.bytes;
  target.kept = target.bytes.size();
  target.appended.clear();
  return {};
}

Status MemoryFileSystem::truncate(std::size_t file, const std::string& path, std::uint64_t size) {
  step(path);
  const Lock lock(mutex_);
  if (Status allowed = change({0, "truncate", path, file}); !allowed) return allowed;
  DiskImage::File& target = disk_.files[file];
  target.bytes.resize(size);
  target.kept = std::min(target.kept, target.bytes.size());
  return {};
}

Result<std::uint64_t> MemoryFileSystem::size(std::size_t file, const std::string& path) {
  step(path);
  const Lock lock(mutex_);
  if (Status entered = enter(); !entered) return core::fail(entered.error());
  return disk_.files[file].bytes.size();
}

Result<std::size_t> MemoryFileSystem::read_at(std::size_t file, const std::string& path, std::uint64_t offset,
                                              std::span<char> into) {
  step(path);
  const Lock lock(mutex_);
  if (Status entered = enter(); !entered) return core::fail(entered.error());
  const std::string& bytes = disk_.files[file].bytes;
  if (offset >= bytes.size()) return 0;
  return bytes.copy(into.data(), into.size(), offset);
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const Path& path, OpenMode mode) {
  step(key(path));
  const Lock lock(mutex_);
  const std::string name = key(path);
  const bool reads = mode == OpenMode::kRead;
  if (Status allowed = reads ? enter(true) : change({0, "open", name, 0}, true); !allowed)
    return core::fail(allowed.error());
  const bool has_folder = is_top(folder_key(name)) || disk_.names.contains(folder_key(name));
  const auto found = disk_.names.find(name);
  if (found == disk_.names.end() && (reads || !has_folder)) {
    return core::fail(ErrorKind::kPermanent, "open '" + name + "': No such file or directory");
  }
  if (found != disk_.names.end()) {
    DiskImage::File& file = disk_.files[found->second];
    if (mode == OpenMode::kCreate) {
      file.bytes.clear();
      file.kept = 0;
      file.appended.clear();
    }
    return std::make_unique<MemoryFile>(*this, found->second, name);
  }
  const std::size_t place = disk_.files.size();
  disk_.files.emplace_back();
  disk_.pending.push_back({folder_key(name), {}, name, place});
  carry_out(disk_.names, disk_.pending.back());
  return std::make_unique<MemoryFile>(*this, place, name);
}

Status MemoryFileSystem::rename(const Path& from, const Path& to) {
  step(key(to));
  const Lock lock(mutex_);
  if (Status allowed = change({0, "rename", key(to)}); !allowed) return allowed;
  const auto found = disk_.names.find(key(from));
  if (found == disk_.names.end()) return core::fail(ErrorKind::kPermanent, "rename: no such file");
  disk_.pending.push_back({folder_key(key(to)), key(from), key(to), found->second});
  carry_out(disk_.names, disk_.pending.back());
  return {};
}

Status MemoryFileSystem::remove(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status allowed = change({0, "remove", key(path)}); !allowed) return allowed;
  if (!disk_.names.contains(key(path))) return {};
  disk_.pending.push_back({folder_key(key(path)), key(path), {}, 0});
  carry_out(disk_.names, disk_.pending.back());
  return {};
}

Status MemoryFileSystem::make_directories(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status allowed = change({0, "make_directories", key(path)}); !allowed) return allowed;
  for (std::string name = key(path); !is_top(name); name = folder_key(name)) {
    if (disk_.names.contains(name)) continue;
    disk_.pending.push_back({folder_key(name), {}, name, disk_.files.size()});
    disk_.files.push_back({true, {}, {}, 0, {}});
    carry_out(disk_.names, disk_.pending.back());
  }
  return {};
}

Status MemoryFileSystem::sync_directory(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status allowed = change({0, "sync_directory", key(path)}); !allowed) return allowed;
  const std::string folder = key(path);
  std::erase_if(disk_.pending, [&](const DiskImage::NameChange& change) {
    if (change.folder != folder) return false;
    carry_out(disk_.durable_names, change);
    return true;
  });
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status entered = enter(true); !entered) return core::fail(entered.error());
  std::vector<std::string> found;
  for (const auto& [name, place] : disk_.names) {
    if (folder_key(name) == key(path)) found.push_back(Path(name).filename().string());
  }
  return found;
}

Result<bool> MemoryFileSystem::exists(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status entered = enter(); !entered) return core::fail(entered.error());
  return is_top(key(path)) || disk_.names.contains(key(path));
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const Path& path) {
  step(key(path));
  const Lock lock(mutex_);
  if (Status entered = enter(true); !entered) return core::fail(entered.error());
  if (!locks_.insert(key(path)).second) return core::fail(ErrorKind::kPermanent, "in use by process 1");
  return std::make_unique<MemoryLock>(*this, key(path));
}

Result<LockState> MemoryFileSystem::lock_state(const Path& path) {
  const Lock lock(mutex_);
  return LockState{locks_.contains(key(path)), 1};
}

}  // namespace viltree::test
