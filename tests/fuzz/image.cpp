#include "fuzz.hpp"
#include "image_header.hpp"

// Any bytes as an image file: one that is known has a size, and more bytes behind do not change what its
// first ones say.

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace viltree;
  const std::string_view input = fuzz::as_text(data, size);
  const auto header = dataset::read_image_header(input);
  if (!header) return 0;
  fuzz::promise(header->width > 0 && header->height > 0, "an image has a size");
  fuzz::promise(header->media_type.starts_with("image/"), "it is an image");
  return 0;
}
