#include "fuzz.hpp"
#include "record.hpp"

#include <viltree/checker/checker.hpp>

// Any bytes as a line of a data set: one that is taken is a problem whose answers can be judged.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  std::string_view input = fuzz::as_text(data, size);
  dataset::SourceOptions options;
  const auto record = dataset::read_record(input, 1, options);
  if (!record) {
    fuzz::promise(!record.error().message.empty(), "an error says something");
    return 0;
  }
  fuzz::promise(!record->problem.question.empty(), "a problem has a question");
  fuzz::promise(checker::check_reference(record->problem).has_value(), "its answer can be compared");
  fuzz::promise(!domain::fingerprint(record->problem).empty(), "it has a fingerprint");
  return 0;
}
