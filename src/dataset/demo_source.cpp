#include "demo_source.hpp"

#include <viltree/core/check.hpp>
#include <viltree/simulated/problem.hpp>

#include <algorithm>
#include <utility>

namespace viltree::dataset {

namespace {

class DemoSource final : public Source {
 public:
  explicit DemoSource(const SourceOptions& options)
      : seed_(options.seed),
        offset_(options.offset),
        count_(options.limit > 0 ? options.limit : kDemoProblems) {}

  [[nodiscard]] std::uint64_t count() const override { return count_; }

  [[nodiscard]] core::Result<std::optional<Item>> next() override {
    if (next_ >= count_) return std::nullopt;
    const domain::ProblemIndex index{next_++};
    domain::Problem problem = simulated::make_problem(seed_, offset_ + index.value);
    problem.index = index;
    return Item{index, std::move(problem), offset_ + index.value + 1};
  }

  [[nodiscard]] core::Status skip_to(domain::ProblemIndex index) override {
    VILTREE_CHECK(index.value >= next_);
    next_ = std::min(index.value, count_);
    return {};
  }

 private:
  const std::uint64_t seed_;
  const std::uint64_t offset_;
  const std::uint64_t count_;
  std::uint64_t next_ = 0;
};

}  // namespace

std::unique_ptr<Source> make_demo(const SourceOptions& options) {
  return std::make_unique<DemoSource>(options);
}

}  // namespace viltree::dataset
