#include "fuzz.hpp"

#include <viltree/codec/codec.hpp>

#include <string>

// Any bytes as kernel.json: one that is taken, and written, is taken again and written the same.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const auto value = codec::decode_kernel(fuzz::as_text(data, size));
  if (!value) return 0;
  const std::string line = codec::encode_kernel(*value);
  fuzz::promise(line.find('\n') == std::string::npos, "it is written as one line");
  const auto again = codec::decode_kernel(line);
  fuzz::promise(again.has_value(), "what was written is taken");
  fuzz::promise(codec::encode_kernel(*again) == line, "it is written the same");
  return 0;
}
