#include "memory_file_system.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace viltree::test {

using core::ErrorKind;
using core::Result;
using core::Status;
using storage::File;
using storage::FileLock;
using storage::LockState;
using storage::OpenMode;
using storage::Path;

namespace {

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

}  // namespace

class MemoryFile final : public File {
 public:
  MemoryFile(MemoryFileSystem& fs, std::shared_ptr<MemoryFileSystem::Node> node)
      : fs_(fs), node_(std::move(node)) {}

  Status append(std::string_view bytes) override {
    if (failure_) return core::fail(*failure_);
    return fs_.append(*node_, bytes);
  }
  Status sync() override {
    if (failure_) return core::fail(*failure_);
    Status synced = fs_.sync(*node_);
    if (!synced) failure_ = synced.error();
    return synced;
  }
  Status truncate(std::uint64_t size) override {
    if (Status allowed = fs_.change("truncate"); !allowed) return allowed;
    node_->bytes.resize(size);
    return {};
  }
  Result<std::uint64_t> size() const override { return node_->bytes.size(); }
  Result<std::size_t> read(std::span<char> into) override {
    const Result<std::size_t> count = read_at(position_, into);
    position_ += count.value_or(0);
    return count;
  }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    if (offset >= node_->bytes.size()) return 0;
    return node_->bytes.copy(into.data(), into.size(), offset);
  }

 private:
  MemoryFileSystem& fs_;
  std::shared_ptr<MemoryFileSystem::Node> node_;
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
  space_ = std::numeric_limits<std::uint64_t>::max();
  locks_.clear();
}

void MemoryFileSystem::lose_power(PowerLoss how) {
  restart();
  names_ = durable_names_;
  std::erase_if(names_, [&](const auto& entry) {
    for (std::string above = folder_key(entry.first); !is_top(above); above = folder_key(above)) {
      if (!durable_names_.contains(above)) return true;
    }
    return false;
  });
  for (auto& [name, node] : names_) {
    const std::string written = node->bytes;
    node->bytes = node->durable;
    if (how == PowerLoss::kDropped || !written.starts_with(node->durable)) continue;
    std::string unsynced = written.substr(node->durable.size());
    const std::size_t half = unsynced.size() / 2;
    if (how == PowerLoss::kTorn) unsynced.resize(half);
    if (how == PowerLoss::kHole) std::fill_n(unsynced.begin(), half, '\0');
    node->bytes += unsynced;
  }
  for (auto& [name, node] : names_) node->durable = node->bytes;
  durable_names_ = names_;
}

std::string& MemoryFileSystem::bytes(const Path& path) {
  const auto found = names_.find(key(path));
  if (found == names_.end()) throw std::runtime_error("no such file: " + path.string());
  return found->second->bytes;
}

std::vector<std::string> MemoryFileSystem::files() const {
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    if (!node->is_folder) found.push_back(name);
  }
  return found;
}

Status MemoryFileSystem::change(const std::string& what) {
  if (dead_) return dead_process();
  if (++calls_ != die_at_) return {};
  dead_ = true;
  return core::fail(ErrorKind::kPermanent, "killed at " + what);
}

Status MemoryFileSystem::append(Node& node, std::string_view bytes) {
  const bool was_dead = dead_;
  if (Status allowed = change("append"); !allowed) {
    if (!was_dead && die_halfway_) node.bytes += bytes.substr(0, bytes.size() / 2);
    return allowed;
  }
  const std::size_t fits = std::min<std::uint64_t>(bytes.size(), space_);
  node.bytes += bytes.substr(0, fits);
  space_ -= fits;
  if (fits < bytes.size()) return core::fail(ErrorKind::kExhausted, "No space left on device");
  return {};
}

Status MemoryFileSystem::sync(Node& node) {
  if (Status allowed = change("sync"); !allowed) return allowed;
  if (fail_sync_) {
    fail_sync_ = false;
    node.bytes = node.durable;
    return core::fail(ErrorKind::kPermanent, "Input/output error");
  }
  node.durable = node.bytes;
  return {};
}

Result<std::unique_ptr<File>> MemoryFileSystem::open(const Path& path, OpenMode mode) {
  const std::string name = key(path);
  if (mode != OpenMode::kRead) {
    if (Status allowed = change("open"); !allowed) return core::fail(allowed.error());
  }
  const bool has_folder = is_top(folder_key(name)) || names_.contains(folder_key(name));
  if (!names_.contains(name) && (mode == OpenMode::kRead || !has_folder)) {
    return core::fail(ErrorKind::kPermanent, "open '" + name + "': No such file or directory");
  }
  std::shared_ptr<Node>& node = names_[name];
  if (!node) node = std::make_shared<Node>();
  if (mode == OpenMode::kCreate) node->bytes.clear();
  return std::make_unique<MemoryFile>(*this, node);
}

Status MemoryFileSystem::rename(const Path& from, const Path& to) {
  if (Status allowed = change("rename"); !allowed) return allowed;
  const auto found = names_.find(key(from));
  if (found == names_.end()) return core::fail(ErrorKind::kPermanent, "rename: no such file");
  std::shared_ptr<Node> node = found->second;
  names_.erase(found);
  names_[key(to)] = std::move(node);
  return {};
}

Status MemoryFileSystem::remove(const Path& path) {
  if (Status allowed = change("remove"); !allowed) return allowed;
  names_.erase(key(path));
  return {};
}

Status MemoryFileSystem::make_directories(const Path& path) {
  if (Status allowed = change("make_directories"); !allowed) return allowed;
  for (std::string name = key(path); !is_top(name); name = folder_key(name)) {
    std::shared_ptr<Node>& node = names_[name];
    if (!node) node = std::make_shared<Node>(Node{true, {}, {}});
  }
  return {};
}

Status MemoryFileSystem::sync_directory(const Path& path) {
  if (Status allowed = change("sync_directory"); !allowed) return allowed;
  const std::string folder = key(path);
  const auto is_inside = [&](const auto& entry) { return folder_key(entry.first) == folder; };
  std::erase_if(durable_names_, is_inside);
  for (const auto& entry : names_) {
    if (is_inside(entry)) durable_names_.insert(entry);
  }
  return {};
}

Result<std::vector<std::string>> MemoryFileSystem::list(const Path& path) {
  std::vector<std::string> found;
  for (const auto& [name, node] : names_) {
    if (folder_key(name) == key(path)) found.push_back(Path(name).filename().string());
  }
  return found;
}

Result<bool> MemoryFileSystem::exists(const Path& path) {
  return is_top(key(path)) || names_.contains(key(path));
}

Result<std::unique_ptr<FileLock>> MemoryFileSystem::lock(const Path& path) {
  if (!locks_.insert(key(path)).second) return core::fail(ErrorKind::kPermanent, "in use by process 1");
  return std::make_unique<MemoryLock>(*this, key(path));
}

Result<LockState> MemoryFileSystem::lock_state(const Path& path) {
  return LockState{locks_.contains(key(path)), 1};
}

}  // namespace viltree::test
