#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/ops/reduction.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/memory/aligned_buffer.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace ops {

using namespace internals;

/// y = scale · (x − mean) / √(variance + ε) + shift, element by element of the event ("Batch
/// Normalization", Ioffe and Szegedy 2015, algorithm 1), or of its `Last` axis, whose elements all
/// others count as rows of. A training step takes mean and variance over all rows of the batch, of
/// all shards; alternatives that an estimator evaluates besides are normalised with the same.
/// Everything else uses running averages.
template <bool Last = false>
struct batch_norm {
  static constexpr std::string_view name = "batch_norm";
  static constexpr op_traits traits{.begins_sums = true};
  double decay = 0.9;  ///< of the running averages, per step
  double epsilon = 1e-5;

  static constexpr shape event(std::span<const shape> in) {
    return Last && in[0].rank == 0 ? shape::invalid() : in[0];
  }
  static constexpr std::size_t parameter_count = 2;
  static constexpr std::string_view parameter_name(std::size_t i) {
    return i == 0 ? "scale" : "shift";
  }
  static constexpr shape parameter_shape(std::size_t, std::span<const shape> in) {
    return Last ? shape_of(in[0][-1]) : in[0];
  }
  initializer initial(std::size_t i) const { return constant(i == 0 ? 1 : 0); }

  /// Averages that run over the steps, and those of the batch.
  template <class T>
  struct state {
    state(const batch_norm&, const shape& event, std::string_view)
        : running(2 * width(event)), batch(running.size()), back(running.size()) {
      std::fill_n(running.data() + running.size() / 2, running.size() / 2, T(1));
    }
    std::vector<carried_values<T>> values() { return {{"running", running.span()}}; }

    aligned_buffer<T> running;  ///< mean, then variance
    aligned_buffer<T> batch;    ///< mean, then 1 / √(variance + ε)
    aligned_buffer<T> back;     ///< mean adjoint of y, then mean of it times the normalised x
  };
  template <class T>
  static state<T>& state_of(const kernel_call<T>& call) {
    return *static_cast<state<T>*>(call.output.state);
  }

  /// Rows, then their mean and their sum of squared deviations; or their sums of dy and dy·x̂.
  static std::size_t partial_size(const shape& event) { return 1 + 2 * width(event); }

  template <class T>
  static void gather(const kernel_call<T>& call) {
    const auto [rows, n] = matrix(call);
    T *const mean = call.partial + 1, *const squares = mean + n;
    const T* const x = call.inputs[0].value;
    call.partial[0] = static_cast<T>(rows);
    std::fill_n(mean, 2 * n, T(0));
    for (std::size_t r = 0; r < rows; ++r) add(n, x + r * n, mean);
    const T share = T(1) / static_cast<T>(rows);
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(mean + i, V(load_as<V>(mean + i) * broadcast<V>(share)));
    });
    // Pixels are so many rows that what the mean misses by rounding shows in a constant channel.
    if constexpr (Last) {
      for (std::size_t r = 0; r < rows; ++r)
        for_each_vector<T>(n, [&]<class V>(std::size_t i) {
          store(squares + i,
                V(load_as<V>(squares + i) + (load_as<V>(x + r * n + i) - load_as<V>(mean + i))));
        });
      for_each_vector<T>(n, [&]<class V>(std::size_t i) {
        store(mean + i, V(load_as<V>(mean + i) + load_as<V>(squares + i) * broadcast<V>(share)));
      });
      std::fill_n(squares, n, T(0));
    }
    for (std::size_t r = 0; r < rows; ++r)
      for_each_vector<T>(n, [&]<class V>(std::size_t i) {
        const V d = V(load_as<V>(x + r * n + i) - load_as<V>(mean + i));
        store(squares + i, V(load_as<V>(squares + i) + d * d));
      });
  }

  /// Chan, Golub and LeVeque (1979): means and sums of squares of two parts, put together.
  template <class T>
  static void join(const shape& event, T* part, const T* next) {
    const std::size_t n = width(event);
    T *const mean = part + 1, *const squares = mean + n;
    const T all = part[0] + next[0], weight = next[0] / all, cross = part[0] * weight;
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      const V d = V(load_as<V>(next + 1 + i) - load_as<V>(mean + i));
      store(mean + i, V(load_as<V>(mean + i) + d * broadcast<V>(weight)));
      store(squares + i, V(load_as<V>(squares + i) + load_as<V>(next + 1 + n + i) +
                           d * d * broadcast<V>(cross)));
    });
    part[0] = all;
  }
  template <class T>
  static void merge(const kernel_call<T>& call, const T* all) {
    const auto& op = *static_cast<const batch_norm*>(call.op);
    const std::size_t n = width(call.output.event);
    state<T>& s = state_of(call);
    T* const squares = s.batch.data() + n;
    std::copy_n(all + 1, 2 * n, s.batch.data());
    const T keep = static_cast<T>(op.decay);
    for (std::size_t i = 0; i < n; ++i) squares[i] /= all[0];  // the variance
    for (std::size_t i = 0; i < 2 * n; ++i)
      s.running[i] = keep * s.running[i] + (1 - keep) * s.batch[i];
    // Of values so large that their variance overflows nothing is left: NaN, which a step refuses.
    for (std::size_t i = 0; i < n; ++i) {
      const T deviation = std::sqrt(squares[i] + static_cast<T>(op.epsilon));
      squares[i] = std::isfinite(deviation) ? 1 / deviation : std::numeric_limits<T>::quiet_NaN();
    }
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto [rows, n] = matrix(call);
    state<T>& s = state_of(call);
    const bool trains = call.trains();
    const T* const mean = trains ? s.batch.data() : s.running.data();
    const T *const scale = call.parameters[0].value, *const shift = call.parameters[1].value;
    const T* const x = call.inputs[0].value;
    T* const y = call.output.value;
    for (std::size_t r = 0; r < rows; ++r)
      for_each_vector<T>(n, [&]<class V>(std::size_t i) {
        V inverse = load_as<V>(mean + n + i);
        if (!trains)
          inverse = V(broadcast<V>(T(1)) /
                      V(math::sqrt(V(inverse + broadcast<V>(static_cast<T>(epsilon))))));
        const V normal = V(load_as<V>(x + r * n + i) - load_as<V>(mean + i)) * inverse;
        store(y + r * n + i, V(load_as<V>(scale + i) * normal + load_as<V>(shift + i)));
      });
  }

  template <class T>
  static void gather_back(const kernel_call<T>& call) {
    const auto [rows, n] = matrix(call);
    const T* const mean = state_of(call).batch.data();
    const T *const x = call.inputs[0].value, *const dy = call.output.adjoint;
    T *const sum = call.partial + 1, *const product = sum + n;
    call.partial[0] = static_cast<T>(rows);
    std::fill_n(sum, 2 * n, T(0));
    for (std::size_t r = 0; r < rows; ++r)
      for_each_vector<T>(n, [&]<class V>(std::size_t i) {
        const V d = load_as<V>(dy + r * n + i);
        const V normal =
            V(load_as<V>(x + r * n + i) - load_as<V>(mean + i)) * load_as<V>(mean + n + i);
        store(sum + i, V(load_as<V>(sum + i) + d));
        store(product + i, V(load_as<V>(product + i) + d * normal));
      });
  }
  template <class T>
  static void merge_back(const kernel_call<T>& call, const T* all) {
    state<T>& s = state_of(call);
    for (std::size_t i = 0; i < s.back.size(); ++i) s.back[i] = all[1 + i] / all[0];
  }

  /// dx = scale / deviation · (dy − mean dy − x̂ · mean(dy·x̂))
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto [rows, n] = matrix(call);
    state<T>& s = state_of(call);
    add(n, call.partial + 1, call.parameters[1].gradient);
    add(n, call.partial + 1 + n, call.parameters[0].gradient);
    T* const dx = call.inputs[0].adjoint;
    if (dx == nullptr) return;
    const T *const mean = s.batch.data(), *const back = s.back.data();
    const T *const scale = call.parameters[0].value, *const x = call.inputs[0].value;
    const T* const dy = call.output.adjoint;
    for (std::size_t r = 0; r < rows; ++r)
      for_each_vector<T>(n, [&]<class V>(std::size_t i) {
        const V inverse = load_as<V>(mean + n + i);
        const V normal = V(load_as<V>(x + r * n + i) - load_as<V>(mean + i)) * inverse;
        const V d = V(load_as<V>(dy + r * n + i) - load_as<V>(back + i) -
                      normal * load_as<V>(back + n + i));
        V sum = V(load_as<V>(scale + i) * inverse * d);
        if (!call.begins(0)) sum += load_as<V>(dx + r * n + i);
        store(dx + r * n + i, sum);
      });
  }

 private:
  /// Elements that have statistics of their own.
  static constexpr std::size_t width(const shape& event) {
    return static_cast<std::size_t>(Last ? event[-1] : event.size());
  }
  struct matrix_size {
    std::size_t rows, n;
  };
  template <class T>
  static matrix_size matrix(const kernel_call<T>& call) {
    const std::size_t n = width(call.output.event);
    return {call.rows * call.output.size / n, n};
  }
  template <class T>
  static void add(std::size_t n, const T* x, T* to) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(to + i, V(load_as<V>(to + i) + load_as<V>(x + i)));
    });
  }
};

}  // namespace ops

/// Batch normalisation of each element of the event, with ε = 1e-5. The running variance is that of
/// the batch, without the factor m / (m − 1) of algorithm 2. An estimator that learns from costs
/// leaves out what a row does to the others through the statistics: `plan()` calls it biased, and
/// by default discrete draws above are relaxed by gumbel_softmax. Alternatives are refused where
/// discrete draws are all that the rows of e differ by: a batch of equal ones has variance 0. In a
/// batch of one row it always has. What precedes it needs no bias:
/// `tanh(batch_norm(linear<200>(x)))`. `decay` is of the running averages that evaluation uses.
template <dsl_term E>
constexpr auto batch_norm(const E& e, double decay = 0.9) {
  return apply(ops::batch_norm<>{decay}, e);
}
/// The same of each channel of an image [height, width, channels], whose pixels count as rows:
/// `batch_norm(conv2d<32>(x, kernel_size<3>, no_bias), axis<-1>)`.
template <dsl_term E, int Axis>
constexpr auto batch_norm(const E& e, internals::axis_tag<Axis>, double decay = 0.9) {
  static_assert(Axis == -1,
                "batch_norm is of each element of the event, or of its last axis: "
                "write axis<-1>");
  return apply(ops::batch_norm<true>{decay}, e);
}

}  // namespace variad
