#pragma once

#include "overload_row.hpp"

#include <cstdint>

namespace viltree::http {

/// The share of requests that a server refuses for now (429, 503) or lets wait too long, and what to make of
/// it. It may be load, which goes away where less is sent; or noise, which stays whatever is sent.
///
/// Refusals come back sooner than replies, so that a request counts as sent once a later one, or itself, is
/// known to be refused or answered. Old requests fade. For one thread.
class OverloadShare {
 public:
  /// The place of a request among those of its level.
  using Number = std::uint64_t;

  /// Another limit holds: what was seen at the last says nothing of it.
  void start_level();
  [[nodiscard]] Number sent() { return sent_++; }
  void answered(Number number);
  /// `at_work`: sequences that were sent before and are still there.
  void overloaded(Number number, double at_work);

  /// Of the level's requests, in [0, 1].
  [[nodiscard]] double share() const;
  /// Requests of the level of which is known whether they were refused.
  [[nodiscard]] double known() const;
  /// More are refused than noise and chance explain.
  [[nodiscard]] bool is_suspect() const;
  /// So many, or so many in a row, that it can be nothing but load.
  [[nodiscard]] bool is_load() const;
  /// With how many sequences the server was left lately when it refused a request: where it is load, it has
  /// places for so many.
  [[nodiscard]] double left() const { return left_; }

  [[nodiscard]] double noise() const { return noise_; }
  /// This share is refused whatever is sent.
  void set_noise(double share) { noise_ = share; }

 private:
  void know_of(Number number);

  double noise_ = 0;
  // Of this level.
  Number sent_ = 0;
  Number from_ = 0;   ///< the first that counts
  Number until_ = 0;  ///< the first that does not count yet
  double overloads_ = 0;
  OverloadRow row_;
  bool long_row_ = false;  ///< the last refused request is part of one
  double left_ = 0;        ///< a moving mean
};

}  // namespace viltree::http
