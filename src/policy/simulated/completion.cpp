#include "completion.hpp"

#include "tokens.hpp"

#include <viltree/core/check.hpp>
#include <viltree/core/hash.hpp>
#include <viltree/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace viltree::simulated {

namespace {

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

void normalise(std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  VILTREE_CHECK(sum > 0);
  for (double& weight : weights) weight /= sum;
}

void apply_temperature(std::vector<double>& weights, double temperature) {
  const auto likeliest = std::max_element(weights.begin(), weights.end());
  if (temperature <= 0) {
    const auto chosen = likeliest - weights.begin();
    std::fill(weights.begin(), weights.end(), 0.0);
    weights[static_cast<std::size_t>(chosen)] = 1;
    return;
  }
  const double greatest = *likeliest;
  for (double& weight : weights) weight = weight > 0 ? std::pow(weight / greatest, 1 / temperature) : 0;
  normalise(weights);
}

void keep_nucleus(std::vector<double>& weights, double top_p) {
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return weights[a] > weights[b]; });
  double kept = 0;
  for (const std::size_t i : order) {
    if (kept >= top_p) weights[i] = 0;
    kept += weights[i];
  }
  normalise(weights);
}

double weight_of(const std::vector<Move>& moves, const std::vector<double>& weights, std::string_view start) {
  double sum = 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (begins_with(moves[i].text(), start)) sum += weights[i];
  }
  return sum;
}

/// The index of a move, by its weight.
std::size_t pick(const std::vector<double>& weights, core::Random& random) {
  double left = random.uniform();
  std::size_t chosen = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    chosen = i;
    left -= weights[i];
    if (left < 0) break;
  }
  return chosen;
}

/// A step of a draw, with what might have stood in its place.
struct Piece {
  std::size_t begin = 0;  ///< in the completion
  std::size_t end = 0;
  std::string tail;  ///< what the prefix has of it
  std::vector<Move> moves;
  std::vector<double> weights;
  std::size_t chosen = 0;
  std::string text;  ///< of the whole chosen step

  /// That the completion agrees with this step up to its byte `bytes`.
  [[nodiscard]] double probability(std::size_t bytes) const {
    if (bytes >= end) return weights[chosen];
    return weight_of(moves, weights, std::string_view(text).substr(0, bytes - begin + tail.size()));
  }
};

/// A completion while it is written.
class Draft {
 public:
  explicit Draft(const Position& position) : text_(position.opening) {}

  State write(const Position& position, const policy::SamplingOptions& sampling, core::Random& random) {
    Piece piece;
    piece.tail = position.tail;
    piece.begin = text_.size();
    piece.moves = position.solver->moves(position.state);
    piece.weights = sampling_weights(piece.moves, piece.tail, sampling);
    piece.chosen = pick(piece.weights, random);
    piece.text = piece.moves[piece.chosen].text();
    text_ += std::string_view(piece.text).substr(piece.tail.size());
    piece.end = text_.size();
    const State next = piece.moves[piece.chosen].next;
    pieces_.push_back(std::move(piece));
    return next;
  }

  /// Adds what is certain.
  void add_remark(const std::string& remark) { text_ += remark; }

  [[nodiscard]] const std::string& text() const { return text_; }

  /// ln of the probability that a completion begins with the first `bytes` of this one.
  [[nodiscard]] double logprob(std::size_t bytes) const {
    double sum = 0;
    for (const Piece& piece : pieces_) {
      if (piece.begin >= bytes) break;
      sum += std::log(piece.probability(bytes));
    }
    return sum;
  }

 private:
  std::string text_;
  std::vector<Piece> pieces_;
};

/// Where a text is cut.
struct Cut {
  std::size_t generated = 0;  ///< bytes that were paid for
  std::size_t kept = 0;       ///< bytes of the completion
  domain::FinishReason finish = domain::FinishReason::kStop;
  std::size_t stop_begin = std::string_view::npos;  ///< where a stop string begins that ends the text
};

struct StopHit {
  std::size_t begin = std::string_view::npos;
  std::size_t end = std::string_view::npos;
};

/// The stop string that ends first, as a writer meets it; of two that end together, the longer.
StopHit first_stop(std::string_view text, const std::vector<std::string>& stops) {
  StopHit hit;
  for (const std::string& stop : stops) {
    const auto begin = stop.empty() ? std::string_view::npos : text.find(stop);
    if (begin == std::string_view::npos) continue;
    const std::size_t end = begin + stop.size();
    if (end < hit.end || (end == hit.end && begin < hit.begin)) hit = {begin, end};
  }
  return hit;
}

Cut cut(std::string_view text, const std::vector<std::string>& stops, const DrawOptions& options) {
  const std::size_t limit = bytes_of_tokens(text, options.max_tokens);
  const StopHit hit = first_stop(text, stops);
  if (hit.end <= limit)
    return {hit.end, options.include_stop ? hit.end : hit.begin, domain::FinishReason::kStop, hit.begin};
  const bool whole = limit == text.size();
  return {limit, limit, whole ? domain::FinishReason::kStop : domain::FinishReason::kLength,
          std::string_view::npos};
}

std::vector<TokenLogprob> token_logprobs(const Draft& draft, std::size_t kept) {
  std::vector<TokenLogprob> tokens;
  const std::string_view text = std::string_view(draft.text()).substr(0, kept);
  double before = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = first_token(text.substr(at));
    const double now = draft.logprob(at + size);
    tokens.push_back({std::string(text.substr(at, size)), now - before});
    before = now;
    at += size;
  }
  return tokens;
}

/// Of so many tokens, on the last step's own line.
std::string remark(std::uint32_t tokens) {
  std::string text;
  for (std::uint32_t i = 0; i < tokens; ++i) text += " hm";
  return text;
}

}  // namespace

std::vector<TokenLogprob> certain_tokens(std::string_view text) {
  std::vector<TokenLogprob> tokens;
  for (std::size_t size = 0; !text.empty(); text.remove_prefix(size)) {
    size = first_token(text);
    tokens.push_back({std::string(text.substr(0, size)), 0});
  }
  return tokens;
}

double length_factor(double sigma, std::uint64_t seed) {
  core::Random random(core::mix64(seed, 0x1E47));
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  const double z = radius * std::cos(2 * std::numbers::pi * random.uniform());
  return std::exp(sigma * z - sigma * sigma / 2);
}

std::vector<double> sampling_weights(const std::vector<Move>& moves, std::string_view tail,
                                     const policy::SamplingOptions& sampling) {
  std::vector<double> weights;
  weights.reserve(moves.size());
  for (const Move& move : moves) weights.push_back(move.probability);
  if (sampling.temperature != 1) apply_temperature(weights, sampling.temperature);
  if (sampling.top_p < 1) keep_nucleus(weights, sampling.top_p);
  if (tail.empty()) return weights;
  const bool excluded = weight_of(moves, weights, tail) <= 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    if (!begins_with(moves[i].text(), tail)) {
      weights[i] = 0;
    } else if (excluded) {
      weights[i] = moves[i].probability;
    }
  }
  normalise(weights);
  return weights;
}

Sampler::Sampler(const Model& model, std::string_view prefix, const policy::SamplingOptions& sampling)
    : model_(model),
      sampling_(sampling),
      position_(model.locate(prefix)),
      prefix_hash_(core::hash64(prefix)) {}

Draw Sampler::draw(const DrawOptions& options) const {
  core::Random random(core::mix64(core::mix64(options.seed, prefix_hash_), model_.key()));
  Draft draft(position_);
  Position position = position_;
  while (!position.state.done) {
    position.state = draft.write(position, sampling_, random);
    position.tail.clear();
  }
  if (options.length_sigma > 0) {
    const double own = count_tokens(draft.text());
    const double whole = own * kStretch * length_factor(options.length_sigma, options.seed);
    draft.add_remark(remark(static_cast<std::uint32_t>(std::max(0.0, std::min(whole, 1e6) - own))));
  }
  const Cut end = cut(draft.text(), sampling_.stop, options);
  const std::string_view text = draft.text();
  Draw draw;
  draw.completion.text = text.substr(0, end.kept);
  draw.cut_off = text.substr(end.kept, end.generated - end.kept);
  if (end.stop_begin < end.generated)
    draw.stopped_by = text.substr(end.stop_begin, end.generated - end.stop_begin);
  draw.completion.finish = end.finish;
  draw.completion.tokens = count_tokens(text.substr(0, end.generated));
  draw.completion.logprob = static_cast<float>(draft.logprob(end.kept));
  if (options.token_logprobs) draw.token_logprobs = token_logprobs(draft, end.kept);
  return draw;
}

domain::Completion complete(const Model& model, std::string_view prefix,
                            const policy::SamplingOptions& sampling, const DrawOptions& options) {
  return Sampler(model, prefix, sampling).draw(options).completion;
}

}  // namespace viltree::simulated
