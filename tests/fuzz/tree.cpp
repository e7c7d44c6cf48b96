#include "fuzz.hpp"

#include <viltree/codec/codec.hpp>

#include <string>

// Any bytes as a stored tree: one that is taken keeps the invariants of trees, and is written the same again.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const auto stored = codec::decode_tree(fuzz::as_text(data, size));
  if (!stored) return 0;
  stored->tree.check_invariants();
  const std::string line = codec::encode_tree(*stored);
  const auto again = codec::decode_tree(line);
  fuzz::promise(again.has_value(), "what was written is taken");
  fuzz::promise(codec::encode_tree(*again) == line, "it is written the same");
  return 0;
}
