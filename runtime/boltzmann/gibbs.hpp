#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <variad/runtime/boltzmann/bipartite_gibbs.hpp>
#include <variad/runtime/boltzmann/energy.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/random/bernoulli.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {

/// Draws the units of a block in one state: one with probability sigmoid(fields[i]), else zero. The
/// fields are overwritten. Unit i of the block depends on the stream, the draw and i alone.
template <blas_scalar T>
void draw_block(stream_key row, std::uint32_t draw, const unit_block& block, T* fields, T* state) {
  if (!block.units) {
    fill_bernoulli(row, fields, state + block.first, block.size, draw);
  } else {
    fill_bernoulli(row, fields, fields, block.size, draw);
    for (std::size_t i = 0; i < block.size; ++i) state[block.units[i]] = fields[i];
  }
}

/// Markov chains over the binary units of a Boltzmann machine that persist from step to step
/// (Tieleman 2008, persistent contrastive divergence). Their states, and nothing else, go into a
/// checkpoint. Only construction allocates.
template <blas_scalar T>
class chains {
 public:
  chains() = default;

  /// `count` chains over the units of `model`, all zero. `name` keeps the random numbers of several
  /// machines apart.
  template <energy_model M>
  chains(const M& model, std::size_t count, std::uint64_t name = hash_name("chains"))
      : count_(count),
        units_(model.units()),
        name_(name),
        states_(count * units_),
        fields_(count * model.blocks()[largest_block(model)].size),
        scratch_(model.scratch_size(count)),
        weight_(count) {
    if constexpr (bipartite_energy<M>) {
      const std::size_t first = model.blocks()[0].size, second = model.blocks()[1].size;
      if (std::max(first, second) <= bipartite_gibbs<T>::most_units)
        bipartite_ = bipartite_gibbs<T>(count, first, second);
    }
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t units() const { return units_; }

  /// The states, of shape [count, units], zeros and ones.
  [[nodiscard]] std::span<T> states() { return states_.span(); }
  [[nodiscard]] std::span<const T> states() const { return states_.span(); }
  [[nodiscard]] state_rows<const T> rows() const { return {states_.data(), count_, units_}; }

  /// Starts every chain from fair coins.
  void start(std::uint64_t seed) {
    states_.fill(T(0));
    const stream_key key = make_stream(seed, 0, name_ ^ hash_name("start"));
    for (std::uint32_t c = 0; c < count_; ++c) {
      T* const row = states_.data() + c * units_;
      fill_bernoulli(row_stream(key, 0, c), row, row, units_);
    }
  }

  /// Advances all chains by `sweeps` sweeps of block Gibbs at the inverse temperature `beta`. The
  /// random number of a unit depends on the seed, the step, the name, the chain, the sweep and the
  /// unit alone, so that the same states go on with the same bits. Throws `variad::error` if the
  /// model is not like the one that the chains were made for. The threads of a pool share the
  /// chains of a bipartite energy.
  template <energy_model M>
  requires std::same_as<typename M::value_type, T>
  void sweep(const M& model, std::uint64_t seed, std::uint64_t step, std::uint32_t sweeps,
             T beta = 1, thread_pool* pool = nullptr) {
    check(model);
    const stream_key key = make_stream(seed, step, name_);
    if constexpr (bipartite_energy<M>)
      if (!bipartite_.empty() && !model.couplings().empty())
        return bipartite_.sweep(model, {states_.data(), count_, units_}, key, sweeps, beta, pool);
    const auto& blocks = model.blocks();
    for (std::uint32_t s = 0; s < sweeps; ++s)
      for (std::uint32_t b = 0; b < blocks.size(); ++b) {
        const unit_block block = blocks[b];
        model.fields(b, rows(), fields_.data());
        if (beta != T(1)) scale(count_ * block.size, beta);
        for (std::uint32_t c = 0; c < count_; ++c)
          draw_block(row_stream(key, b, c), s, block, fields_.data() + c * block.size,
                     states_.data() + c * units_);
      }
  }

  /// gradient += weight ∇ log Z, with the average of -∂E/∂θ over the chains for ∇ log Z ("GumBolt",
  /// Khoshaman and Amin 2018, eq. 6). Throws `variad::error` as `sweep` does.
  template <energy_model M>
  requires std::same_as<typename M::value_type, T>
  void add_log_z_gradient(const M& model, T weight, const typename M::gradient_type& gradient) {
    check(model);
    weight_.fill(-weight / static_cast<T>(count_));
    model.add_parameter_gradient(rows(), weight_.data(), scratch_.data(), gradient);
  }

 private:
  template <energy_model M>
  void check(const M& model) const {
    const std::size_t largest = model.blocks()[largest_block(model)].size;
    bool alike = true;
    if constexpr (bipartite_energy<M>)
      for (std::size_t b = 0; b < 2; ++b)
        alike &= bipartite_.empty() || model.blocks()[b].size == bipartite_.units(b);
    if (!alike || model.units() != units_ || count_ * largest > fields_.size() ||
        model.scratch_size(count_) > scratch_.size())
      throw error("chains: found a model of " + std::to_string(model.units()) +
                  " units, the largest block of " + std::to_string(largest) +
                  "; expected one like that of the constructor, of " + std::to_string(units_) +
                  " units");
  }

  void scale(std::size_t n, T beta) {
    T* const fields = fields_.data();
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(fields + i, V(load_as<V>(fields + i) * broadcast<V>(beta)));
    });
  }

  std::size_t count_ = 0;
  std::size_t units_ = 0;
  std::uint64_t name_ = 0;
  aligned_buffer<T> states_, fields_, scratch_, weight_;
  bipartite_gibbs<T> bipartite_;
};

}  // namespace variad::internals
