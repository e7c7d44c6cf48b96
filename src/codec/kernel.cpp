#include "fields.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/codec/json_writer.hpp>

#include <cmath>
#include <numeric>

namespace viltree::codec {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kWhat = "kernel";
constexpr std::string_view kFitted = "fitted";
constexpr std::string_view kBuiltIn = "built-in";
constexpr double kSumError = 1e-9;

void write_row(JsonWriter& json, std::span<const double> row) {
  json.begin_array();
  for (const double share : row) json.decimal(share);
  json.end_array();
}

/// The shares of one row: as many as it has, none below 0, their sum 1.
void read_row(const Fields& fields, const char* name, const nlohmann::json& array, std::span<double> row) {
  const auto is_share = [](const nlohmann::json& value) {
    return value.is_number() && std::isfinite(value.get<double>()) && value.get<double>() >= 0;
  };
  if (!array.is_array() || array.size() != row.size())
    return fields.complain(name, "has a row without " + std::to_string(row.size()) + " numbers");
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!is_share(array[i])) return fields.complain(name, "has a share that is no number from 0 to 1");
    row[i] = array[i].get<double>();
  }
  const double sum = std::accumulate(row.begin(), row.end(), 0.0);
  if (std::abs(sum - 1) > kSumError) fields.complain(name, "has a row whose sum is not 1");
}

void read_table(const Fields& fields, const search::KernelTable<double>& table) {
  const std::string name(table.name);
  const nlohmann::json& rows = fields.array(name.c_str());
  if (rows.size() != table.rows.size())
    return fields.complain(name.c_str(), "does not have " + std::to_string(table.rows.size()) + " rows");
  for (std::size_t i = 0; i < rows.size(); ++i) read_row(fields, name.c_str(), rows[i], table.rows[i]);
}

double read_number(const Fields& fields, const char* name) {
  const auto value = fields.optional_decimal(name);
  if (!value) fields.complain(name, "is missing");
  return value.value_or(0);
}

}  // namespace

std::string encode_kernel(const search::FittedKernel& fitted) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().key("version").integer(kVersion);
  json.key("origin").text(fitted.built_in() ? kBuiltIn : kFitted);
  json.key("trees").integer(fitted.trees).key("rounds").integer(fitted.rounds);
  json.key("log_likelihood_before").decimal(fitted.log_likelihood_before);
  json.key("log_likelihood_after").decimal(fitted.log_likelihood_after);
  for (const auto& table : search::tables(fitted.kernel)) {
    json.key(table.name).begin_array();
    for (const auto row : table.rows) write_row(json, row);
    json.end_array();
  }
  json.key("ending").decimal(fitted.kernel.ending);
  json.end_object();
  return line;
}

core::Result<search::FittedKernel> decode_kernel(std::string_view line) {
  const auto document = parse_line(line, kWhat, kVersion);
  if (!document) return core::fail(document.error());
  Complaint complaint;
  const Fields fields(*document, complaint);
  search::FittedKernel fitted;
  fitted.trees = fields.integer("trees");
  fitted.rounds = fields.small("rounds");
  fitted.log_likelihood_before = read_number(fields, "log_likelihood_before");
  fitted.log_likelihood_after = read_number(fields, "log_likelihood_after");
  const std::string origin = fields.text("origin");
  if (origin != (fitted.built_in() ? kBuiltIn : kFitted))
    fields.complain("origin", "does not fit the number of trees");
  for (const auto& table : search::tables(fitted.kernel)) read_table(fields, table);
  fitted.kernel.ending = read_number(fields, "ending");
  if (!(std::abs(fitted.kernel.ending) <= search::kMostEnding))
    fields.complain("ending", "is no shift of log-odds from -8 to 8");
  if (complaint) return core::fail(complaint.error(kWhat));
  return fitted;
}

}  // namespace viltree::codec
