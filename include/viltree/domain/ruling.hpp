#pragma once

#include <viltree/domain/bill.hpp>
#include <viltree/domain/verdict.hpp>

#include <cstdint>
#include <string>

namespace viltree::domain {

/// What a judge, a model, said of one final answer to a problem. It is asked once about each, and all
/// rollouts that came to this answer share it.
struct Ruling {
  std::string answer;                  ///< as the answer checker found it
  Verdict rules = Verdict::kUnparsed;  ///< what the rules say; unparsed: they cannot tell
  Verdict verdict = Verdict::kFailed;  ///< right or wrong; failed: the judge said neither, or refused
  std::string reply;                   ///< the judge's words; where it refused, why
  Bill bill;                           ///< of at least one request
};

}  // namespace viltree::domain
