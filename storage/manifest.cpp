#include <viltree/core/hash.hpp>
#include <viltree/core/limits.hpp>
#include <viltree/json/value.hpp>
#include <viltree/storage/manifest.hpp>

#include <algorithm>
#include <array>
#include <limits>

#include <nlohmann/json.hpp>

namespace viltree::storage {

using core::ErrorKind;
using core::Result;
using core::Status;
using Json = json::OrderedValue;

namespace {

constexpr std::size_t kMostManifestBytes = 256 * core::limits::kMiB;
constexpr const char* kChecksumKey = "checksum";
constexpr std::array<std::string_view, 7> kKeys = {"format",       "program", "config_hash", "total_problems",
                                                   "journal_from", "kernel",  "units"};
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kHashPieceBytes = core::limits::kMiB;

Json to_json(const FileEntry& file) {
  return {{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"lines", file.lines}};
}

Json to_json(const UnitEntry& unit) {
  return {{"unit", unit.unit},
          {"first_problem", unit.first_problem},
          {"problems", unit.problems},
          {"trees", unit.trees},
          {"rows", unit.rows},
          {"rejected", unit.rejected},
          {"complete", unit.complete},
          {"counts", unit.counts},
          {"tree_archive", to_json(unit.tree_archive)},
          {"shard", to_json(unit.shard)}};
}

Json to_json(const Manifest& manifest) {
  Json units = Json::array();
  for (const UnitEntry& unit : manifest.units) units.push_back(to_json(unit));
  Json json = {{"format", manifest.format},
               {"program", manifest.program},
               {"config_hash", manifest.config_hash},
               {"total_problems", manifest.total_problems},
               {"journal_from", manifest.journal_from}};
  if (manifest.kernel) json["kernel"] = to_json(*manifest.kernel);
  json["units"] = std::move(units);
  return json;
}

/// Reads the keys of one JSON object; remembers the first that is missing or of the wrong type.
class Fields {
 public:
  Fields(const Json& object, std::string where, std::string& problem)
      : object_(object), where_(std::move(where)), problem_(problem) {
    if (!object.is_object() && problem_.empty()) problem_ = where_ + " is not an object";
  }

  void read(const char* key, std::uint64_t& value) {
    if (const Json* found = find(key, &Json::is_number_unsigned, "a whole number"))
      value = found->get<std::uint64_t>();
  }
  void read(const char* key, bool& value) {
    if (const Json* found = find(key, &Json::is_boolean, "true or false")) value = found->get<bool>();
  }
  void read(const char* key, std::string& value) {
    if (const Json* found = find(key, &Json::is_string, "a string")) value = found->get<std::string>();
  }
  void read(const char* key, FileEntry& file) {
    const Json* found = find(key, &Json::is_object, "an object");
    if (found == nullptr) return;
    Fields fields(*found, where_ + "." + key, problem_);
    fields.read("path", file.path);
    fields.read("bytes", file.bytes);
    fields.read("sha256", file.sha256);
    fields.read("lines", file.lines);
  }
  void read(const char* key, std::optional<FileEntry>& file) {
    if (object_.contains(key)) read(key, file.emplace());
  }
  void read(const char* key, std::map<std::string, std::uint64_t>& counts) {
    const Json* found = find(key, &Json::is_object, "an object");
    if (found == nullptr) return;
    Fields fields(*found, where_ + "." + key, problem_);
    for (const auto& [name, value] : found->items()) fields.read(name.c_str(), counts[name]);
  }
  void read(const char* key, std::vector<UnitEntry>& units) {
    const Json* found = find(key, &Json::is_array, "a list");
    if (found == nullptr) return;
    for (const Json& object : *found) units.push_back(unit(object, units.size()));
  }

 private:
  using Test = bool (Json::*)() const noexcept;

  UnitEntry unit(const Json& object, std::size_t index) {
    UnitEntry entry;
    Fields fields(object, where_ + ".units[" + std::to_string(index) + "]", problem_);
    fields.read("unit", entry.unit);
    fields.read("first_problem", entry.first_problem);
    fields.read("problems", entry.problems);
    fields.read("trees", entry.trees);
    fields.read("rows", entry.rows);
    fields.read("rejected", entry.rejected);
    fields.read("complete", entry.complete);
    fields.read("counts", entry.counts);
    fields.read("tree_archive", entry.tree_archive);
    fields.read("shard", entry.shard);
    return entry;
  }

  const Json* find(const char* key, Test is_right, const char* type) {
    if (!problem_.empty()) return nullptr;
    const auto found = object_.find(key);
    if (found != object_.end() && (*found.*is_right)()) return &*found;
    problem_ = where_ + "." + key + (found == object_.end() ? " is missing" : std::string(" is not ") + type);
    return nullptr;
  }

  const Json& object_;
  std::string where_;
  std::string& problem_;
};

std::string problem_of(const FileEntry& file) {
  const Path path(file.path);
  const bool leaves = std::find(path.begin(), path.end(), "..") != path.end();
  if (file.path.empty() || path.is_absolute() || leaves)
    return "path '" + file.path + "' is not below the run directory";
  const bool is_hex = file.sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (file.sha256.size() != kSha256Digits || !is_hex) return "sha256 '" + file.sha256 + "' is none";
  return {};
}

/// What is wrong with the unit, given where the one before it ended; empty where nothing is.
std::string problem_of(const UnitEntry& unit, std::uint64_t end_before) {
  if (unit.problems > std::numeric_limits<std::uint64_t>::max() - unit.first_problem)
    return "has too many problems";
  if (unit.first_problem < end_before) return "overlaps the unit before it";
  if (std::string problem = problem_of(unit.tree_archive); !problem.empty())
    return "tree_archive: " + problem;
  if (std::string problem = problem_of(unit.shard); !problem.empty()) return "shard: " + problem;
  return {};
}

std::string problem_of(const Manifest& manifest) {
  if (manifest.kernel) {
    if (const std::string problem = problem_of(*manifest.kernel); !problem.empty())
      return "kernel: " + problem;
  }
  const UnitEntry* before = nullptr;
  for (const UnitEntry& unit : manifest.units) {
    std::string name = "unit " + std::to_string(unit.unit);
    if (before != nullptr && unit.unit <= before->unit) return name + " is out of order or listed twice";
    const std::uint64_t end_before = before == nullptr ? 0 : before->first_problem + before->problems;
    if (const std::string problem = problem_of(unit, end_before); !problem.empty()) {
      return name.append(" ").append(problem);
    }
    before = &unit;
  }
  return {};
}

tl::unexpected<core::Error> bad_manifest(const Path& path, const std::string& reason) {
  return core::fail(ErrorKind::kCorruption, "manifest '" + path.string() + "': " + reason);
}

std::string dump(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

/// What the manifest says, blanks apart, with its key "checksum" left out.
std::string checksum_of(const Json& json) {
  return core::hex64(core::hash64(dump(json)));
}

/// Older programs wrote none. A key that nobody knows may then be what has become of it.
bool has_wrong_checksum(Json json) {
  if (!json.contains(kChecksumKey)) {
    return std::any_of(json.items().begin(), json.items().end(), [](const auto& member) {
      return std::find(kKeys.begin(), kKeys.end(), member.key()) == kKeys.end();
    });
  }
  const Json listed = json[kChecksumKey];
  json.erase(kChecksumKey);
  return listed != checksum_of(json);
}

Result<Manifest> parse(const std::string& text, const Path& path) {
  const std::optional<Json> json = json::parse_ordered(text);
  if (!json) return bad_manifest(path, "not JSON: " + json::defect_of(text));
  Manifest manifest;
  std::string problem;
  Fields fields(*json, "manifest", problem);
  fields.read("format", manifest.format);
  if (problem.empty() && manifest.format > kManifestFormat) {
    return core::fail(ErrorKind::kInvalidInput,
                      "manifest '" + path.string() + "': format " + std::to_string(manifest.format) +
                          " is from a newer viltree; use that one to read this run");
  }
  fields.read("program", manifest.program);
  fields.read("config_hash", manifest.config_hash);
  fields.read("total_problems", manifest.total_problems);
  fields.read("journal_from", manifest.journal_from);
  fields.read("kernel", manifest.kernel);
  fields.read("units", manifest.units);
  if (problem.empty()) problem = problem_of(manifest);
  if (problem.empty() && has_wrong_checksum(*json)) problem = "its checksum does not fit what it says";
  if (!problem.empty()) return bad_manifest(path, problem);
  return manifest;
}

Result<std::string> hash_file(const File& file) {
  core::Sha256 hash;
  std::string piece(kHashPieceBytes, '\0');
  for (std::uint64_t offset = 0;; offset += piece.size()) {
    const Result<std::size_t> count = file.read_at(offset, piece);
    if (!count) return core::fail(count.error());
    hash.update(std::string_view(piece).substr(0, *count));
    if (*count < piece.size()) return hash.hex();
  }
}

}  // namespace

const UnitEntry* Manifest::find(std::uint64_t unit) const {
  const auto at =
      std::lower_bound(units.begin(), units.end(), unit,
                       [](const UnitEntry& entry, std::uint64_t number) { return entry.unit < number; });
  return at != units.end() && at->unit == unit ? &*at : nullptr;
}

void Manifest::put(UnitEntry entry) {
  const auto at =
      std::lower_bound(units.begin(), units.end(), entry.unit,
                       [](const UnitEntry& listed, std::uint64_t number) { return listed.unit < number; });
  if (at != units.end() && at->unit == entry.unit) {
    *at = std::move(entry);
  } else {
    units.insert(at, std::move(entry));
  }
}

Result<std::optional<Manifest>> load_manifest(FileSystem& fs, const Path& path) {
  const Result<bool> there = fs.exists(path);
  if (!there) return core::fail(there.error());
  if (!*there) return std::nullopt;
  const Result<std::string> text = read_file(fs, path, kMostManifestBytes);
  if (!text) return core::fail(text.error());
  return parse(*text, path);
}

Status save_manifest(FileSystem& fs, const Path& path, const Manifest& manifest) {
  if (const std::string problem = problem_of(manifest); !problem.empty()) {
    return core::fail(ErrorKind::kInvalidInput, "manifest '" + path.string() + "': " + problem);
  }
  Json json = to_json(manifest);
  json[kChecksumKey] = checksum_of(json);
  return write_atomically(fs, path, dump(json) + "\n");
}

Result<FileEntry> entry_of_file(FileSystem& fs, const Path& run_directory, const std::string& name,
                                std::uint64_t lines) {
  const Result<std::unique_ptr<File>> file = fs.open(run_directory / name, OpenMode::kRead);
  if (!file) return core::fail(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return core::fail(size.error());
  Result<std::string> sha256 = hash_file(**file);
  if (!sha256) return core::fail(sha256.error());
  return FileEntry{name, *size, *std::move(sha256), lines};
}

Status verify_file(FileSystem& fs, const Path& run_directory, const FileEntry& entry) {
  const Path path = run_directory / entry.path;
  const auto differs = [&](const std::string& reason) {
    return core::fail(ErrorKind::kCorruption, "'" + path.string() + "': " + reason);
  };
  const Result<bool> there = fs.exists(path);
  if (!there) return core::fail(there.error());
  if (!*there) return differs("missing, though the manifest lists it");
  const Result<std::unique_ptr<File>> file = fs.open(path, OpenMode::kRead);
  if (!file) return core::fail(file.error());
  const Result<std::uint64_t> size = (*file)->size();
  if (!size) return core::fail(size.error());
  if (*size != entry.bytes) {
    return differs(std::to_string(*size) + " bytes, the manifest says " + std::to_string(entry.bytes));
  }
  const Result<std::string> sha256 = hash_file(**file);
  if (!sha256) return core::fail(sha256.error());
  if (*sha256 != entry.sha256) return differs("sha256 is " + *sha256 + ", the manifest says " + entry.sha256);
  return {};
}

}  // namespace viltree::storage
