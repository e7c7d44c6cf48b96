#include <viltree/json/fields.hpp>

#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace viltree::json {
namespace {

enum class Colour { kRed, kBlue };

std::optional<Colour> colour_from(std::string_view name) {
  if (name == "red") return Colour::kRed;
  if (name == "blue") return Colour::kBlue;
  return std::nullopt;
}

const Value& document() {
  static const Value kDocument = *parse(R"({
    "text": "a", "packed_base64": "/w==", "list": ["a", "b"], "packed_list_base64": ["/w=="], "null": null,
    "count": 7, "large": 4294967296, "minus": -1, "half": 0.5, "yes": true, "colour": "blue",
    "object": {"inner": 1}, "array": [{"x": 1}, 2]})");
  return kDocument;
}

/// What a reader complains of; empty where all was well.
template <class Read>
std::string complaint_of(const Read& read) {
  Complaint complaint;
  read(Fields(document(), complaint));
  CHECK(static_cast<bool>(complaint) == !complaint.text().empty());
  return complaint.text();
}

TEST_CASE("fields: what is there is read") {
  const std::string complaint = complaint_of([](const Fields& fields) {
    CHECK(fields.text("text") == "a");
    CHECK(fields.text("packed") == "\xFF");
    CHECK(fields.texts("list") == std::vector<std::string>{"a", "b"});
    CHECK(fields.texts("packed_list") == std::vector<std::string>{"\xFF"});
    CHECK(fields.integer("count") == 7);
    CHECK(fields.small("count") == 7);
    CHECK(fields.decimal("half") == 0.5);
    CHECK(fields.decimal("count") == 7);
    CHECK(fields.boolean("yes"));
    CHECK(fields.one_of("colour", &colour_from) == Colour::kBlue);
    CHECK(fields.object("object").integer("inner") == 1);
    CHECK(fields.element("array", fields.array("array"), 0).integer("x") == 1);
  });
  CHECK(complaint.empty());
}

TEST_CASE("fields: null and what is not there are none where none may be, and nobody complains") {
  const std::string complaint = complaint_of([](const Fields& fields) {
    for (const char* name : {"null", "nowhere"}) {
      CHECK_FALSE(fields.has(name));
      CHECK_FALSE(fields.optional_text(name).has_value());
      CHECK_FALSE(fields.optional_integer(name).has_value());
      CHECK_FALSE(fields.optional_decimal(name).has_value());
    }
  });
  CHECK(complaint.empty());
}

TEST_CASE("fields: what is missing or of another type is told by its path") {
  using Read = void (*)(const Fields&);
  const struct {
    const char* complaint;
    Read read;
  } cases[] = {
      {"\"nowhere\" is missing", [](const Fields& f) { static_cast<void>(f.text("nowhere")); }},
      {"\"null\" is missing", [](const Fields& f) { static_cast<void>(f.integer("null")); }},
      {"\"nowhere\" is missing", [](const Fields& f) { static_cast<void>(f.decimal("nowhere")); }},
      {"\"nowhere\" is missing", [](const Fields& f) { static_cast<void>(f.boolean("nowhere")); }},
      {"\"count\" is not a string", [](const Fields& f) { static_cast<void>(f.text("count")); }},
      {"\"text\" is not a number", [](const Fields& f) { static_cast<void>(f.optional_decimal("text")); }},
      {"\"minus\" is not a whole number", [](const Fields& f) { static_cast<void>(f.integer("minus")); }},
      {"\"half\" is not a whole number", [](const Fields& f) { static_cast<void>(f.integer("half")); }},
      {"\"large\" is not a whole number", [](const Fields& f) { static_cast<void>(f.small("large")); }},
      {"\"count\" is not a whole number from 0 to 6",
       [](const Fields& f) { static_cast<void>(f.integer("count", 6)); }},
      {"\"text\" is not true or false", [](const Fields& f) { static_cast<void>(f.boolean("text")); }},
      {"\"text\" is a name that is not known",
       [](const Fields& f) { static_cast<void>(f.one_of("text", &colour_from)); }},
      {"\"array\" is not an object", [](const Fields& f) { static_cast<void>(f.object("array")); }},
      {"\"object\" is not an array", [](const Fields& f) { static_cast<void>(f.array("object")); }},
      {"\"object.outer\" is missing",
       [](const Fields& f) { static_cast<void>(f.object("object").text("outer")); }},
      {"\"array[1]\" is not an object",
       [](const Fields& f) { static_cast<void>(f.element("array", f.array("array"), 1)); }},
  };
  for (const auto& [expected, read] : cases)
    CHECK_MESSAGE(complaint_of(read).starts_with(expected), expected);
}

TEST_CASE("fields: the first complaint stays, and getters go on with empty values") {
  const std::string complaint = complaint_of([](const Fields& fields) {
    CHECK(fields.integer("text") == 0);
    CHECK(fields.text("count").empty());
    CHECK(fields.object("nowhere").array("at all").empty());
  });
  CHECK(complaint.starts_with("\"text\" "));
}

}  // namespace
}  // namespace viltree::json
