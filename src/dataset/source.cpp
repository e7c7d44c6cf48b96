#include "demo_source.hpp"
#include "jsonl_source.hpp"

#include <viltree/dataset/source.hpp>

namespace viltree::dataset {

core::Result<std::unique_ptr<Source>> open_source(const SourceOptions& options) {
  if (options.kind == "jsonl") return open_jsonl(options);
  if (options.kind == "demo") return make_demo(options);
  return core::fail(core::ErrorKind::kInvalidInput,
                    "dataset.kind: there is no kind '" + options.kind + "'; use jsonl or demo");
}

}  // namespace viltree::dataset
