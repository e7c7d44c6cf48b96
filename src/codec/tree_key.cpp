#include <viltree/codec/tree_key.hpp>
#include <viltree/core/text.hpp>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

using Json = nlohmann::json;

/// Stops the parser as soon as problem.index and problem.id are known.
class KeyHandler final : public nlohmann::json_sax<Json> {
 public:
  [[nodiscard]] std::optional<TreeKey> key() const {
    if (!index_ || !id_) return std::nullopt;
    return TreeKey{*index_, *id_};
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool number_unsigned(number_unsigned_t value) override {
    if (in_problem() && name_ == "index") index_ = value;
    return more();
  }
  bool string(string_t& value) override {
    if (in_problem() && name_ == "id") id_ = value;
    std::string bytes;
    if (in_problem() && name_ == "id_base64" && core::base64_decode(value, bytes)) id_ = bytes;
    return more();
  }
  bool key(string_t& name) override {
    name_ = name;
    if (depth_ == 1) member_ = name;
    return true;
  }
  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  [[nodiscard]] bool in_problem() const { return depth_ == 2 && member_ == "problem"; }
  [[nodiscard]] bool more() const { return !index_ || !id_; }
  bool enter() {
    ++depth_;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  std::string member_;  // of the outermost object
  std::string name_;
  std::optional<std::uint64_t> index_;
  std::optional<std::string> id_;
};

}  // namespace

std::optional<TreeKey> tree_key(std::string_view line) {
  KeyHandler handler;
  Json::sax_parse(line, &handler);
  return handler.key();
}

}  // namespace viltree::codec
