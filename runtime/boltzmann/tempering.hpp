#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/boltzmann/gibbs.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/activation.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Where the path to a model begins: at fair coins, or at independent units with the model's own
/// biases.
enum class path_start { fair_coins, biases };

}  // namespace variad

namespace variad::internals {

/// The path from independent units with logits h at β = 0 to a model at β = 1,
///   -E_β(z) = (1 - β) hᵀz - β E(z),
/// with one block of units, the largest, summed out: given the rest its units are independent, so
/// the sum over them is analytic. What remains is a distribution over the rest, whose logarithm
/// without the constant is `log_weight`: at every β a function of the block's fields and of two
/// numbers.
template <energy_model M>
class tempered_path {
 public:
  using T = typename M::value_type;

  tempered_path(const M& model, path_start start)
      : model_(model), summed_(largest_block(model)), rest_logits_(model.units()) {
    const auto& blocks = model.blocks();
    const aligned_buffer<T> zeros(model.units());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      logits_.emplace_back(blocks[b].size);
      if (start == path_start::biases)
        model.fields(b, {zeros.data(), 1, zeros.size()}, logits_[b].data());
      for (std::size_t i = 0; i < blocks[b].size; ++i) {
        log_z_start_ += math::softplus(static_cast<double>(logits_[b][i]));
        if (b != summed_) rest_logits_[blocks[b][i]] = logits_[b][i];
      }
    }
  }

  [[nodiscard]] const M& model() const { return model_; }
  /// log Z at β = 0.
  [[nodiscard]] double log_z_start() const { return log_z_start_; }
  /// The number of the block that is summed out.
  [[nodiscard]] std::size_t summed() const { return summed_; }
  [[nodiscard]] std::size_t summed_size() const { return logits_[summed_].size(); }

  /// What the logits of a block are at β, in place of its fields.
  void to_logits(std::size_t block, double beta, T* fields) const {
    const T b = static_cast<T>(beta), a = static_cast<T>(1 - beta);
    const T* const h = logits_[block].data();
    for_each_vector<T>(logits_[block].size(), [&]<class V>(std::size_t i) {
      store(fields + i,
            V(load_as<V>(h + i) * broadcast<V>(a) + load_as<V>(fields + i) * broadcast<V>(b)));
    });
  }

  /// For each row: the fields of the summed block, and the part of -E_β without it at β = 0 and 1.
  void observe(state_rows<const T> z, T* fields, T* at_start, T* at_end) const {
    model_.fields(summed_, z, fields);
    model_.energy_without(summed_, z, at_end);
    for (std::size_t r = 0; r < z.rows; ++r) {
      at_start[r] = dot(rest_logits_.size(), rest_logits_.data(), z[r]);
      at_end[r] = -at_end[r];
    }
  }

  /// The logarithm of the sum of e^{-E_β} over the summed block, from what `observe` gave of a row.
  [[nodiscard]] double log_weight(double beta, const T* fields, T at_start, T at_end) const {
    const batch<T> b(static_cast<T>(beta)), a(static_cast<T>(1 - beta));
    const T* const h = logits_[summed_].data();
    const std::size_t n = summed_size();
    double sum = (1 - beta) * static_cast<double>(at_start) + beta * static_cast<double>(at_end);
    constexpr std::size_t part = 16 * lanes<T>;  // summed in T; the parts in double
    for (std::size_t i = 0; i < n; i += part)
      sum += static_cast<double>(transform_reduce<T>(
          std::min(part, n - i),
          [&](const batch<T>& l, const batch<T>& f) { return math::softplus(a * l + b * f); },
          h + i, fields + i));
    return sum;
  }

 private:
  M model_;
  std::size_t summed_;
  std::vector<aligned_buffer<T>> logits_;  // h, by block
  aligned_buffer<T> rest_logits_;          // h, by unit, zero in the summed block
  double log_z_start_ = 0;
};

/// States on a path, each at an inverse temperature of its own, and what was observed of them.
template <energy_model M>
class tempered_states {
 public:
  using T = typename M::value_type;

  /// All zero; a sweep at β = 0 draws from the start of the path whatever the states.
  tempered_states(const tempered_path<M>& path, std::size_t rows, stream_key key)
      : path_(&path),
        key_(key),
        units_(path.model().units()),
        rows_(rows),
        states_(rows * units_),
        summed_fields_(rows * path.summed_size()),
        fields_(rows * path.summed_size()),
        at_start_(rows),
        at_end_(rows) {}

  [[nodiscard]] T* state(std::size_t row) { return states_.data() + row * units_; }

  void observe() {
    path_->observe(view(), summed_fields_.data(), at_start_.data(), at_end_.data());
  }

  /// The logarithm of the unnormalised probability of an observed row at β.
  [[nodiscard]] double log_weight(std::size_t row, double beta) const {
    return path_->log_weight(beta, summed_fields_.data() + row * path_->summed_size(),
                             at_start_[row], at_end_[row]);
  }

  /// Exchanges two observed rows, as far as `sweep` needs them: their log-weights are void.
  void exchange(std::size_t a, std::size_t b) {
    const std::size_t n = path_->summed_size();
    std::swap_ranges(state(a), state(a) + units_, state(b));
    std::swap_ranges(summed_fields_.data() + a * n, summed_fields_.data() + (a + 1) * n,
                     summed_fields_.data() + b * n);
  }

  /// A sweep of block Gibbs after `observe`, row r at `beta(r)`: the summed block first, whose
  /// fields are known; they are lost. No two sweeps may have the same `draw`.
  template <class Beta>
  void sweep(Beta&& beta, std::uint32_t draw) {
    const auto& blocks = path_->model().blocks();
    draw_rows(path_->summed(), summed_fields_.data(), beta, draw);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      if (b == path_->summed()) continue;
      path_->model().fields(b, view(), fields_.data());
      draw_rows(b, fields_.data(), beta, draw);
    }
  }

 private:
  [[nodiscard]] state_rows<const T> view() const { return {states_.data(), rows_, units_}; }

  template <class Beta>
  void draw_rows(std::size_t b, T* fields, Beta& beta, std::uint32_t draw) {
    const unit_block block = path_->model().blocks()[b];
    for (std::size_t r = 0; r < rows_; ++r) {
      T* const row = fields + r * block.size;
      path_->to_logits(b, beta(r), row);
      draw_block(row_stream(key_, static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(r)),
                 draw, block, row, state(r));
    }
  }

  const tempered_path<M>* path_;
  stream_key key_;
  std::size_t units_, rows_;
  aligned_buffer<T> states_, summed_fields_, fields_, at_start_, at_end_;
};

}  // namespace variad::internals
