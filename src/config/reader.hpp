#pragma once

#include "errors.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace viltree::config {

/// A key's value as it was given.
struct Leaf {
  YAML::Node node;
  Place place;
  std::filesystem::path folder;  ///< relative paths start here
};

using Leaves = std::map<std::string, Leaf, std::less<>>;

/// Where a node stands, for messages; `outer` where it is not one of a file.
[[nodiscard]] Place place_of(const YAML::Node& node, const Place& outer);

/// Turns YAML into leaves by path, and refuses every key that is not known. Walks no deeper than known keys
/// do, so that aliases cannot make it run for long.
class Reader {
 public:
  /// `known`: paths of all keys, in the order in which messages list them.
  Reader(const std::vector<std::string>& known, Errors& errors);

  void read_file(std::string_view text, const std::string& file);
  /// "a.b=c"; replaces what the file says.
  void read_override(const std::string& argument);

  /// A map whose keys are those right below `path`.
  void read_section(const std::string& path, const Leaf& map);

  /// False where the file is no YAML map at all, so that nothing can be said of its keys.
  [[nodiscard]] bool is_readable() const { return is_readable_; }
  [[nodiscard]] const Leaves& leaves() const { return leaves_; }

 private:
  struct Source {
    Place place;
    std::filesystem::path folder;
  };

  void visit(const YAML::Node& node, const std::string& path, const Source& source);
  void visit_section(const YAML::Node& node, const std::string& path, const Source& source);
  [[nodiscard]] std::string unknown(const std::string& section, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names_in(const std::string& section) const;

  const std::vector<std::string>& known_;
  std::set<std::string, std::less<>> keys_;
  std::set<std::string, std::less<>> sections_;
  Errors& errors_;
  Leaves leaves_;
  bool is_readable_ = true;
};

}  // namespace viltree::config
