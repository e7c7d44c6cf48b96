#include "stored_line.hpp"

#include <viltree/codec/codec.hpp>
#include <viltree/json/writer.hpp>

#include <cmath>
#include <numeric>

#include <nlohmann/json.hpp>

namespace viltree::codec {

namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::string_view kWhat = "kernel";
constexpr std::string_view kFitted = "fitted";
constexpr std::string_view kBuiltIn = "built-in";
constexpr double kSumError = 1e-9;

void write_row(json::Writer& json, std::span<const double> row) {
  json.begin_array();
  for (const double share : row) json.decimal(share);
  json.end_array();
}

/// The shares of one row: as many as it has, none below 0, their sum 1.
void read_row(const Fields& fields, const char* name, const json::Value& array, std::span<double> row) {
  const auto is_share = [](const json::Value& value) {
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
  const json::Value& rows = fields.array(name.c_str());
  if (rows.size() != table.rows.size())
    return fields.complain(name.c_str(), "does not have " + std::to_string(table.rows.size()) + " rows");
  for (std::size_t i = 0; i < rows.size(); ++i) read_row(fields, name.c_str(), rows[i], table.rows[i]);
}

}  // namespace

std::string encode_kernel(const search::FittedKernel& fitted) {
  std::string line;
  json::Writer json(line);
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
  fitted.log_likelihood_before = fields.decimal("log_likelihood_before");
  fitted.log_likelihood_after = fields.decimal("log_likelihood_after");
  const std::string origin = fields.text("origin");
  if (origin != (fitted.built_in() ? kBuiltIn : kFitted))
    fields.complain("origin", "does not fit the number of trees");
  for (const auto& table : search::tables(fitted.kernel)) read_table(fields, table);
  fitted.kernel.ending = fields.decimal("ending");
  if (!(std::abs(fitted.kernel.ending) <= search::kMostEnding))
    fields.complain("ending", "is no shift of log-odds from -8 to 8");
  if (complaint) return core::fail(damaged(kWhat, complaint.text()));
  return fitted;
}

}  // namespace viltree::codec
