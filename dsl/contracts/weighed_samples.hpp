#pragma once

#include <cstddef>

#include <variad/runtime/simd/batch.hpp>

namespace variad {

/// The importance samples of one datum as the `evaluate` of an objective sees them; of as many data
/// as V has lanes. What it writes is what the terms of a sample are multiplied by on the way back:
/// where the objective is differentiated, the derivative of the value by the sample's log-weight.
template <class V>
class weighed_samples {
 public:
  using value_type = V;

  /// Log-weights and seeds of sample k lie `between` values after those of sample k − 1.
  /// `guide_seeds` may be null where the objective does not write them.
  weighed_samples(const scalar_of<V>* log_weights, scalar_of<V>* seeds, scalar_of<V>* guide_seeds,
                  std::size_t count, std::size_t between)
      : log_weights_(log_weights),
        seeds_(seeds),
        guide_seeds_(guide_seeds),
        count_(count),
        between_(between) {}

  std::size_t count() const { return count_; }
  V log_weight(std::size_t k) const { return internals::load_as<V>(log_weights_ + k * between_); }
  void seed(std::size_t k, const V& s) const { internals::store(seeds_ + k * between_, s); }
  /// What was written last.
  V seed(std::size_t k) const { return internals::load_as<V>(seeds_ + k * between_); }
  /// The seed of −log q alone.
  void seed_guide(std::size_t k, const V& s) const {
    internals::store(guide_seeds_ + k * between_, s);
  }

 private:
  const scalar_of<V>* log_weights_;
  scalar_of<V>*seeds_, *guide_seeds_;
  std::size_t count_, between_;
};

/// The samples of one datum with the log-weight of one of them replaced, by as many others as V has
/// lanes: `evaluate` is asked for its value there, and seeds are of no use.
template <class V>
class replaced_sample {
 public:
  using value_type = V;

  replaced_sample(const scalar_of<V>* log_weights, std::size_t count, std::size_t between,
                  std::size_t own, const V& replacement)
      : log_weights_(log_weights),
        count_(count),
        between_(between),
        own_(own),
        replacement_(replacement) {}

  std::size_t count() const { return count_; }
  V log_weight(std::size_t k) const {
    return k == own_ ? replacement_ : internals::broadcast<V>(log_weights_[k * between_]);
  }
  void seed(std::size_t, const V&) const {}
  V seed(std::size_t) const { return V(scalar_of<V>(0)); }
  void seed_guide(std::size_t, const V&) const {}

 private:
  const scalar_of<V>* log_weights_;
  std::size_t count_, between_, own_;
  V replacement_;
};

}  // namespace variad
