#pragma once

#include "format.hpp"

#include <viltree/storage/manifest.hpp>

#include <string>

namespace viltree::exports {

/// README.md beside the data: what it is made of, how the labels look, how to read it and what it cannot say.
/// Its head tells the `datasets` library which file is which. Without times: the same export, the same card.
[[nodiscard]] std::string make_card(const Format& format, const ExportOptions& options,
                                    const storage::Manifest& manifest, const Tally& tally,
                                    const ExportSummary& summary);

}  // namespace viltree::exports
