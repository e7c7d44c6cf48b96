#include "fuzz.hpp"

#include <viltree/archive/progress.hpp>

#include <string>

// Any bytes as status.json: one that is taken is written, taken again and written the same; its metrics are
// lines of text.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const auto progress = archive::progress_from_json(fuzz::as_text(data, size));
  if (!progress) return 0;
  const std::string text = archive::to_json(*progress, "now");
  const auto again = archive::progress_from_json(text);
  fuzz::promise(again.has_value(), "what was written is taken");
  fuzz::promise(archive::to_json(*again, "now") == text, "it is written the same");
  fuzz::promise(archive::to_metrics(*again).ends_with('\n'), "metrics are lines");
  return 0;
}
