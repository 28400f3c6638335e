#pragma once

#include <cmath>
#include <limits>

namespace variad::internals {

/// log Σ e^x of values given one by one, in double; −inf before the first. A value may be −inf.
class running_logsumexp {
 public:
  void add(double x) {
    if (x == -std::numeric_limits<double>::infinity()) return;
    if (x <= largest_) {
      sum_ += std::exp(x - largest_);
    } else {
      sum_ = sum_ * std::exp(largest_ - x) + 1;
      largest_ = x;
    }
  }
  [[nodiscard]] double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

}  // namespace variad::internals
