#pragma once

#include <viltree/core/fatal.hpp>

#include <utility>

namespace viltree::crawl {

/// The value, or what ends the run where the disk refuses.
template <class T>
T storage_value(core::Result<T> result) {
  return core::value_or_fatal(std::move(result), core::ExitCode::kStorage);
}

}  // namespace viltree::crawl
