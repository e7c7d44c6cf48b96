#include "reader.hpp"

#include <viltree/core/limits.hpp>
#include <viltree/core/text.hpp>

#include <algorithm>
#include <optional>
#include <sstream>
#include <system_error>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/parser.h>

namespace viltree::config {

namespace {

constexpr std::size_t kLongestName = 64;

std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : core::repair_utf8(name.substr(0, kLongestName)) + "…";
}

std::string child(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

/// Where a document's contents begin, if it has any.
class Contents final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { note(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string&) override {
    note(mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    note(mark);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    note(mark);
  }
  void OnMapEnd() override {}
  [[nodiscard]] const std::optional<YAML::Mark>& begin() const { return begin_; }

 private:
  void note(const YAML::Mark& mark) {
    if (!begin_) begin_ = mark;
  }
  std::optional<YAML::Mark> begin_;
};

/// The beginning of a second document. YAML::LoadAll would look for it too, but finds documents without end
/// in some texts, such as ", 2]".
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Contents first;
  Contents second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return std::nullopt;
  return second.begin();
}

/// The one document of the text, which is the value of `key`; a null one where there is none.
std::optional<YAML::Node> document(const std::string& text, const std::string& key, const Place& source,
                                   Errors& errors) {
  try {
    if (const auto second = second_document(text)) {
      const Place place = source.line == 0 ? source : Place{source.source, second->line + 1};
      errors.add(place, key, "a second YAML document; only one is allowed");
      return std::nullopt;
    }
    return YAML::Load(text);
  } catch (const YAML::DeepRecursion&) {
    errors.add({source.source, 0}, key, "is nested too deeply to be a configuration");
  } catch (const YAML::Exception& error) {
    const bool known = source.line > 0 && !error.mark.is_null();
    errors.add({source.source, known ? error.mark.line + 1 : 0}, key, "is not YAML: " + error.msg);
  }
  return std::nullopt;
}

}  // namespace

Place place_of(const YAML::Node& node, const Place& outer) {
  if (outer.line == 0 || node.Mark().is_null()) return outer;
  return {outer.source, node.Mark().line + 1};
}

Reader::Reader(const std::vector<std::string>& known, Errors& errors) : known_(known), errors_(errors) {
  for (const std::string& path : known_) {
    keys_.insert(path);
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) {
      sections_.insert(path.substr(0, dot));
    }
  }
}

void Reader::read_file(std::string_view text, const std::string& file) {
  std::error_code no_working_directory;  // then relative paths stay relative, and fail where they are opened
  const Source source{{file, 1}, std::filesystem::absolute(file, no_working_directory).parent_path()};
  const Place whole{file, 0};
  is_readable_ = false;
  if (text.size() > core::limits::kConfigBytes) {
    errors_.add(whole, "",
                "is larger than " + std::to_string(core::limits::kConfigBytes >> 20U) +
                    " MiB, the limit of a configuration");
  } else if (!core::is_utf8(text)) {
    errors_.add(whole, "", "is not UTF-8 text");
  } else if (const auto root = document(std::string(text), "", source.place, errors_)) {
    is_readable_ = root->IsMap() || root->IsNull();
    visit_section(*root, "", source);
  }
}

void Reader::read_override(const std::string& argument) {
  std::error_code no_working_directory;
  const Source source{{kOverride, 0}, std::filesystem::current_path(no_working_directory)};
  const std::size_t equals = argument.find('=');
  const std::string path = argument.substr(0, equals);
  if (!core::is_utf8(argument)) return errors_.add(source.place, "", "is not UTF-8 text");
  if (equals == std::string::npos || equals == 0) {
    return errors_.add(source.place, "", "takes KEY=VALUE, as in --set search.seed=8");
  }
  if (keys_.count(path) == 0 && sections_.count(path) == 0) {
    const std::size_t dot = path.find_last_of('.');
    const std::string section = dot == std::string::npos ? "" : path.substr(0, dot);
    return errors_.add(source.place, shortened(path), unknown(section, path.substr(dot + 1)));
  }
  const std::string value = argument.substr(equals + 1);
  const auto node = value.empty() ? YAML::Node(value) : document(value, path, source.place, errors_);
  if (node) visit(*node, path, source);
}

void Reader::read_section(const std::string& path, const Leaf& map) {
  visit_section(map.node, path, {map.place, map.folder});
}

void Reader::visit(const YAML::Node& node, const std::string& path, const Source& source) {
  if (keys_.count(path) != 0) {
    leaves_.insert_or_assign(path, Leaf{node, source.place, source.folder});
  } else {
    visit_section(node, path, source);
  }
}

void Reader::visit_section(const YAML::Node& node, const std::string& path, const Source& source) {
  if (node.IsNull()) return;  // a section all of whose keys are commented out
  if (!node.IsMap()) return errors_.add(source.place, path, "must hold keys, one a line, as in `key: value`");
  std::map<std::string, int> lines;
  for (const auto& entry : node) {
    if (errors_.hopeless()) return;
    const Source here{place_of(entry.first, source.place), source.folder};
    if (!entry.first.IsScalar()) {
      errors_.add(here.place, path, "a key must be a plain name");
      continue;
    }
    const std::string& name = entry.first.Scalar();
    const std::string full = child(path, name);
    const auto [first, is_new] = lines.emplace(name, here.place.line);
    if (!is_new) {
      const std::string before =
          first->second > 0 ? " (before in line " + std::to_string(first->second) + ")" : "";
      errors_.add(here.place, full, "is given twice" + before);
    } else if (keys_.count(full) == 0 && sections_.count(full) == 0) {
      errors_.add(here.place, child(path, shortened(name)), unknown(path, name));
    } else {
      visit(entry.second, full, here);
    }
  }
}

/// What to say of a name that a section does not have.
std::string Reader::unknown(const std::string& section, const std::string& name) const {
  const bool no_section = !section.empty() && sections_.count(section) == 0;
  const std::vector<std::string> names = no_section ? known_ : names_in(section);
  const std::string wanted = no_section ? child(section, name) : name;
  const std::string near = wanted.size() > kLongestName ? "" : core::nearest(wanted, names);
  if (!near.empty()) return "unknown key; did you mean '" + near + "'?";
  const auto elsewhere = std::find_if(known_.begin(), known_.end(),
                                      [&](const std::string& path) { return path.ends_with("." + name); });
  if (elsewhere != known_.end()) return "unknown key; did you mean '" + *elsewhere + "'?";
  if (no_section) return "unknown key";
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + known;
  return "unknown key; known here: " + list;
}

/// Keys and sections right below a section, each once, in the table's order.
std::vector<std::string> Reader::names_in(const std::string& section) const {
  const std::string prefix = section.empty() ? "" : section + ".";
  std::vector<std::string> names;
  for (const std::string& path : known_) {
    if (!path.starts_with(prefix)) continue;
    const std::string name = path.substr(prefix.size(), path.find('.', prefix.size()) - prefix.size());
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  return names;
}

}  // namespace viltree::config
