#include "fuzz.hpp"

#include <viltree/codec/codec.hpp>

// Any bytes as a line of a judge's file: one that is taken names a solution.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const auto judgement = codec::decode_judgement(fuzz::as_text(data, size));
  if (!judgement) return 0;
  fuzz::promise(judgement->node_id || !judgement->process.empty(), "it names a solution");
  return 0;
}
