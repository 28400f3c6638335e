#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/contracts/stream_places.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/simd/loop.hpp>
#include <variad/runtime/training/carried.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// Each element times 0 with probability `rate`, otherwise divided by 1 − rate, in a training step;
/// elsewhere what it reads (Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014). Its
/// numbers are those of the program's streams by the op's name, step, sample and row, so that
/// probes of one sample share them.
struct dropout {
  static constexpr std::string_view name = "dropout";
  static constexpr op_traits traits{.linear = true, .draws = true};
  double rate = 0.5;

  static constexpr shape event(std::span<const shape> in) { return in[0]; }

  /// What its stream is called by; nothing goes on from step to step.
  template <class T>
  struct state {
    state(const dropout& op, const shape&, std::string_view of) : name_hash(hash_name(of)) {
      if (!(op.rate >= 0 && op.rate < 1))
        throw error("'" + std::string(of) + "': found the rate " + std::to_string(op.rate) +
                    ", expected a number from 0 to below 1");
    }
    std::vector<carried_values<T>> values() { return {}; }
    std::uint64_t name_hash;
  };

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const T* const x = call.inputs[0].value;
    T* const y = call.output.value;
    if (!call.trains()) {
      std::copy_n(x, call.rows * call.output.size, y);
      return;
    }
    for_each_value(call, [&]<class V>(std::size_t i, const mask_of<V>& left_out) {
      store(y + i, math::select(left_out, V(T(0)), V(load_as<V>(x + i) * V(factor<T>()))));
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const T* const dy = call.output.adjoint;
    T* const dx = call.inputs[0].adjoint;
    for_each_value(call, [&]<class V>(std::size_t i, const mask_of<V>& left_out) {
      const V back = math::select(left_out, V(T(0)), V(load_as<V>(dy + i) * V(factor<T>())));
      store(dx + i, V(load_as<V>(dx + i) + back));
    });
  }

 private:
  template <class T>
  T factor() const {
    return static_cast<T>(1 / (1 - rate));
  }
  /// Calls f.operator()<V>(i, left_out) for the elements of all rows, a register V or one at a
  /// time.
  template <class T, class F>
  void for_each_value(const kernel_call<T>& call, F&& f) const {
    constexpr std::size_t some = 64;
    const stream_key key = make_stream(call.run->seed, call.run->step,
                                       static_cast<const state<T>*>(call.output.state)->name_hash);
    const T limit = static_cast<T>(rate);
    T u[some];
    for (std::size_t row = 0; row < call.rows; ++row) {
      const stream_places at(call.extent, call.plate_axis, call.row_ids, row);
      const stream_key of_row = row_stream(key, at.sample(), at.id());
      for (std::size_t j = 0; j < call.output.size; j += some) {
        const std::size_t n = std::min(some, call.output.size - j);
        fill_uniform(of_row, u, n, static_cast<std::uint32_t>(j / some));
        T* const begin = u;
        for_each_vector<T>(n, [&]<class V>(std::size_t i) {
          f.template operator()<V>(row * call.output.size + j + i,
                                   load_as<V>(begin + i) < V(limit));
        });
      }
    }
  }
};

}  // namespace ops

/// Dropout: in a training step each element is 0 with probability `share`, and otherwise divided by
/// 1 − share. Throws `variad::error` when the program is made for a share outside [0, 1).
template <dsl_term E>
constexpr auto dropout(const E& e, double share) {
  return apply(ops::dropout{share}, e);
}

}  // namespace variad
