#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = VILTREE_SOURCE_DIR;

struct Module {
  fs::path sources;
  std::set<std::string> third_party;
  std::set<std::string> uses;
};

std::set<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::set<std::string> found;
  for (std::string word; in >> word;) found.insert(word);
  return found;
}

/// The table of src/README.md.
std::map<std::string, Module> read_table() {
  std::map<std::string, Module> modules;
  std::ifstream file(kRoot / "src" / "README.md");
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell);
    if (cells.size() < 6) continue;
    const auto name = words(cells[1]);
    if (name.size() != 1 || *name.begin() == "module" || name.begin()->starts_with("---")) continue;
    modules[*name.begin()] = {kRoot / *words(cells[2]).begin(), words(cells[4]), words(cells[5])};
  }
  return modules;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".cpp" || path.extension() == ".hpp";
}

/// The files of a module: its sources (not those of a module below its folder) and its public headers.
std::vector<fs::path> files_of(const std::string& name, const std::map<std::string, Module>& modules) {
  std::vector<fs::path> files;
  const Module& module = modules.at(name);
  const auto add_all = [&](const fs::path& folder) {
    if (!fs::exists(folder)) return;
    for (auto at = fs::recursive_directory_iterator(folder); at != fs::recursive_directory_iterator(); ++at) {
      const bool other = std::any_of(modules.begin(), modules.end(), [&](const auto& entry) {
        return entry.first != name && entry.second.sources == at->path();
      });
      if (other) at.disable_recursion_pending();
      if (is_source(at->path())) files.push_back(at->path());
    }
  };
  add_all(module.sources);
  add_all(kRoot / "include" / "viltree" / name);
  return files;
}

std::vector<std::string> system_includes(const fs::path& file) {
  std::vector<std::string> found;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#include <")) continue;
    found.push_back(line.substr(10, line.find('>') - 10));
  }
  return found;
}

/// Headers with a folder or an ending are third-party, unless they are the system's.
bool is_third_party(const std::string& header) {
  const bool plain = header.find('/') == std::string::npos && header.find('.') == std::string::npos;
  const std::set<std::string> system = {"unistd.h", "fcntl.h", "stdlib.h", "signal.h", "time.h", "poll.h"};
  return !plain && !header.starts_with("sys/") && !header.starts_with("netinet/") &&
         !header.starts_with("arpa/") && !system.contains(header);
}

bool allowed(const std::string& header, const std::set<std::string>& third_party) {
  return std::any_of(third_party.begin(), third_party.end(), [&](const std::string& name) {
    return header.starts_with(name + "/") || header.starts_with(name + ".");
  });
}

}  // namespace

TEST_CASE("architecture: a module includes only what its row in src/README.md allows") {
  const auto modules = read_table();
  REQUIRE(modules.size() > 15);
  for (const auto& [name, module] : modules) {
    const auto files = files_of(name, modules);
    CAPTURE(name);
    CHECK_FALSE(files.empty());
    for (const fs::path& file : files) {
      for (const std::string& header : system_includes(file)) {
        CAPTURE(file.string());
        CAPTURE(header);
        if (header.starts_with("viltree/")) {
          const std::string used = header.substr(8, header.find('/', 8) - 8);
          CHECK((used == name || module.uses.contains(used)));
        } else if (is_third_party(header)) {
          CHECK(allowed(header, module.third_party));
        }
      }
    }
  }
}

TEST_CASE("architecture: the table is in order: a module uses only what stands above it") {
  std::set<std::string> above;
  std::ifstream file(kRoot / "src" / "README.md");
  const auto modules = read_table();
  std::size_t seen = 0;
  for (std::string line; std::getline(file, line);) {
    const std::string name = line.size() > 2 ? line.substr(2, line.find(' ', 2) - 2) : "";
    if (!line.starts_with("| ") || !modules.contains(name)) continue;
    for (const std::string& used : modules.at(name).uses) {
      CAPTURE(name);
      CAPTURE(used);
      CHECK(above.contains(used));
    }
    above.insert(name);
    ++seen;
  }
  CHECK(seen == modules.size());
}

TEST_CASE("architecture: search and storage never see each other") {
  const auto modules = read_table();
  CHECK_FALSE(modules.at("search").uses.contains("storage"));
  CHECK_FALSE(modules.at("storage").uses.contains("search"));
  CHECK(modules.at("storage").uses == std::set<std::string>{"core", "json"});
}

TEST_CASE(
    "architecture: public headers name no third-party header but tl::expected and json's forward "
    "declaration") {
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "include")) {
    if (!is_source(entry.path())) continue;
    CAPTURE(entry.path().string());
    for (const std::string& header : system_includes(entry.path())) {
      if (header.starts_with("viltree/") || !is_third_party(header)) continue;
      const bool declares_json = header == "nlohmann/json_fwd.hpp" && entry.path().filename() == "value.hpp";
      CHECK((header == "tl/expected.hpp" || declares_json));
    }
  }
}

TEST_CASE("architecture: every module has a README") {
  for (const auto& [name, module] : read_table()) {
    CAPTURE(name);
    CHECK(fs::exists(module.sources / "README.md"));
  }
}
