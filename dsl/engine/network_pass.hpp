#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include <variad/dsl/compiler/network.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/runtime/linalg/blas.hpp>
#include <variad/runtime/math/dual.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {

/// Rows that a network is evaluated for at a time.
inline constexpr std::size_t network_tile = 64;

/// A node of a network for a tile of rows: values and adjoints [rows, size], and where duals are
/// computed, the derivative of both along a direction.
template <class T>
struct network_buffer {
  std::size_t size = 1;
  std::array<T*, 2> value{}, adjoint{};
  bool learns = false;  ///< parameters, or the draw's value, lead to it
};

namespace detail {

/// Rules of ops over the parts of dual numbers, [values, derivatives], or over values alone.
template <int Parts, class Op>
struct network_rule {
  template <class V>
  using number = std::conditional_t<Parts == 2, dual<V>, V>;

  template <class V, class T>
  static number<V> read(const std::array<T*, 2>& from, std::size_t at, bool repeated) {
    const auto part = [&](int p) {
      const T* const first = from[static_cast<std::size_t>(p)] + at;
      return repeated ? broadcast<V>(*first) : load_as<V>(first);
    };
    if constexpr (Parts == 2)
      return {part(0), part(1)};
    else
      return part(0);
  }
  template <class V, class T>
  static void write(const std::array<T*, 2>& to, std::size_t at, const number<V>& x) {
    if constexpr (Parts == 2) {
      store(to[0] + at, x.value);
      store(to[1] + at, x.tangent[0]);
    } else {
      store(to[0] + at, x);
    }
  }

  template <class T, std::size_t N>
  static void forward(const Op& op, const std::array<network_buffer<T>, N>& in,
                      const network_buffer<T>& out, const parameter_block<T>*, std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row)
      for_each_vector<T>(out.size, [&]<class V>(std::size_t i) {
        write<V>(out.value, row * out.size + i,
                 number<V>(op.forward(operands<V>(in, out, row, i))));
      });
  }
  template <bool, class T, std::size_t N>
  static void backward(const Op& op, const std::array<network_buffer<T>, N>& in,
                       const network_buffer<T>& out, const parameter_block<T>*, std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row)
      for_each_vector<T>(out.size, [&]<class V>(std::size_t i) {
        const std::size_t at = row * out.size + i;
        const auto partial =
            ops::partials(op, operands<V>(in, out, row, i), read<V>(out.value, at, false));
        const number<V> seed = read<V>(out.adjoint, at, false);
        for (std::size_t j = 0; j < N; ++j)
          if (in[j].learns) add<V>(in[j], out.size, row, i, number<V>(seed * partial[j]));
      });
  }

 private:
  template <class V, class T, std::size_t N>
  static std::array<number<V>, N> operands(const std::array<network_buffer<T>, N>& in,
                                           const network_buffer<T>& out, std::size_t row,
                                           std::size_t i) {
    std::array<number<V>, N> x;
    for (std::size_t j = 0; j < N; ++j) {
      const bool repeated = in[j].size != out.size;
      x[j] = read<V>(in[j].value, repeated ? row : row * out.size + i, repeated);
    }
    return x;
  }
  template <class V, class T>
  static void add(const network_buffer<T>& in, std::size_t size, std::size_t row, std::size_t i,
                  const number<V>& x) {
    const auto add_part = [&](int p, const V& v) {
      T* const to = in.adjoint[static_cast<std::size_t>(p)];
      if (in.size == size)
        store(to + row * size + i, V(load_as<V>(to + row * size + i) + v));
      else
        to[row] += reduce_add(v);
    };
    if constexpr (Parts == 2) {
      add_part(0, x.value);
      add_part(1, x.tangent[0]);
    } else {
      add_part(0, x);
    }
  }
};

template <int Parts>
struct network_rule<Parts, ops::literal> {
  template <class T>
  static void forward(const ops::literal& op, const std::array<network_buffer<T>, 0>&,
                      const network_buffer<T>& out, const parameter_block<T>*, std::size_t rows) {
    std::fill_n(out.value[0], rows, static_cast<T>(op.value));
    if (Parts == 2) std::fill_n(out.value[1], rows, T(0));
  }
  template <bool, class T>
  static void backward(const ops::literal&, const std::array<network_buffer<T>, 0>&,
                       const network_buffer<T>&, const parameter_block<T>*, std::size_t) {}
};

/// Bilinear in x and W, whose derivative along the direction is zero.
template <int Parts, int Out, bool Bias>
struct network_rule<Parts, ops::dense<Out, Bias>> {
  template <class T>
  static void forward(const ops::dense<Out, Bias>&, const std::array<network_buffer<T>, 1>& in,
                      const network_buffer<T>& out, const parameter_block<T>* p, std::size_t rows) {
    for (std::size_t part = 0; part < Parts; ++part) {
      if (Bias && part == 0)
        for (std::size_t r = 0; r < rows; ++r) std::copy_n(p[1].value, Out, out.value[0] + r * Out);
      gemm<T>(false, false, rows, Out, in[0].size, 1, in[0].value[part], in[0].size, p[0].value,
              Out, Bias && part == 0 ? 1 : 0, out.value[part], Out);
    }
  }
  template <bool Learn, class T>
  static void backward(const ops::dense<Out, Bias>&, const std::array<network_buffer<T>, 1>& in,
                       const network_buffer<T>& out, const parameter_block<T>* p,
                       std::size_t rows) {
    const std::size_t k = in[0].size;
    if (in[0].learns)
      for (std::size_t part = 0; part < Parts; ++part)
        gemm<T>(false, true, rows, k, Out, 1, out.adjoint[part], Out, p[0].value, Out, 1,
                in[0].adjoint[part], k);
    if constexpr (Learn) {
      const auto outer = [&](const T* left, const T* right) {
        gemm<T>(true, false, k, Out, rows, 1, left, k, right, Out, 1, p[0].gradient, Out);
      };
      outer(in[0].value[0], out.adjoint[Parts - 1]);
      if (Parts == 2) outer(in[0].value[1], out.adjoint[0]);
      if (Bias)
        for (std::size_t r = 0; r < rows; ++r)
          axpy<T>(Out, 1, out.adjoint[Parts - 1] + r * Out, p[1].gradient);
    }
  }
};

}  // namespace detail

/// The network of estimator E over up to network_tile rows: values and their adjoints (one part),
/// or dual numbers (two parts: values, and their derivative along a direction). What its parameters
/// learn is the adjoint of the last part: of two, the derivative of the gradient along the
/// direction, which is the gradient of the derivative.
template <class E, class T, int Parts>
class network_pass {
 public:
  using graph = network_of<E>;
  static constexpr std::size_t size = graph::size;

  /// Values of memory for a network of these events.
  static std::size_t memory_size(std::span<const shape> events) {
    std::size_t n = 0;
    for (const network_node& v : graph::layout(events))
      n += static_cast<std::size_t>(v.event.size());
    return n * 2 * Parts * network_tile;
  }

  network_pass(const E& estimator, std::span<const shape> events,
               const parameter_block<T>* parameters, T* memory)
      : nodes_(graph::layout(events)), parameters_(parameters) {
    std::array<const void*, size> values{};
    detail::value_collector collect(values.data());
    collect(estimator.network);
    ops_ = values;
    for (std::size_t i = 0; i < size; ++i) {
      network_buffer<T>& b = buffers_[i];
      b.size = static_cast<std::size_t>(nodes_[i].event.size());
      for (std::size_t part = 0; part < Parts; ++part) {
        b.value[part] = memory;
        b.adjoint[part] = memory += b.size * network_tile;
        memory += b.size * network_tile;
      }
      b.learns = nodes_[i].input == graph::references;
    }
    for_each_op([&]<class Op, std::size_t I>() {
      buffers_[I].learns = detail::parameters_of_op<Op>() > 0;
      for (std::size_t j = 0; j < arity<I>; ++j) buffers_[I].learns |= operand(I, j).learns;
    });
  }

  /// Calls f(buffer, input) for the nodes that are inputs: a reference, or `references` for the
  /// draw's value.
  template <class F>
  void for_each_input(F&& f) {
    for (std::size_t i = 0; i < size; ++i)
      if (nodes_[i].input >= 0) f(buffers_[i], nodes_[i].input);
  }
  /// The same for those that are the draw's value.
  template <class F>
  void for_each_drawn(F&& f) {
    for_each_input([&](const network_buffer<T>& b, int input) {
      if (input == graph::references) f(b);
    });
  }
  const network_buffer<T>& output() const { return buffers_.back(); }

  void forward(std::size_t rows) {
    for_each_op([&]<class Op, std::size_t I>() {
      detail::network_rule<Parts, Op>::forward(op<Op>(I), operands<I>(), buffers_[I],
                                               parameters_ + nodes_[I].first_parameter, rows);
    });
  }
  /// From the adjoints of the output, which the caller writes after clear_adjoints, to those of
  /// the draw's value, and where `Learn`, to the gradient of the parameters.
  template <bool Learn>
  void backward(std::size_t rows) {
    for_each_op_back([&]<class Op, std::size_t I>() {
      if (buffers_[I].learns)
        detail::network_rule<Parts, Op>::template backward<Learn>(
            op<Op>(I), operands<I>(), buffers_[I], parameters_ + nodes_[I].first_parameter, rows);
    });
  }
  void clear_adjoints(std::size_t rows) {
    for (network_buffer<T>& b : buffers_)
      for (std::size_t part = 0; part < Parts; ++part)
        std::fill_n(b.adjoint[part], b.size * rows, T(0));
  }

 private:
  template <std::size_t I>
  static constexpr std::size_t arity =
      detail::network_token<type_at<I, typename graph::tokens>>::arity;

  template <class F>
  static void for_each_op(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit<I>(f), ...); }
    (std::make_index_sequence<size>{});
  }
  template <class F>
  static void for_each_op_back(F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (visit<size - 1 - I>(f), ...); }
    (std::make_index_sequence<size>{});
  }
  template <std::size_t I, class F>
  static void visit(F&& f) {
    using own = typename graph::template op<I>;
    if constexpr (!std::is_void_v<own> && !std::is_same_v<own, ops::drawn_value>)
      if constexpr (detail::is_network_op<own>) f.template operator()<own, I>();
  }
  template <class Op>
  const Op& op(std::size_t i) const {
    return *static_cast<const Op*>(ops_[i]);
  }
  const network_buffer<T>& operand(std::size_t i, std::size_t j) const {
    return buffers_[static_cast<std::size_t>(nodes_[i].operand[j])];
  }
  template <std::size_t I>
  std::array<network_buffer<T>, arity<I>> operands() const {
    std::array<network_buffer<T>, arity<I>> in{};
    for (std::size_t j = 0; j < arity<I>; ++j) in[j] = operand(I, j);
    return in;
  }

  std::array<network_node, size> nodes_;
  std::array<network_buffer<T>, size> buffers_{};
  std::array<const void*, size> ops_{};
  const parameter_block<T>* parameters_;
};

/// Values of memory for the passes of an estimator's network.
template <class E>
std::size_t network_memory(std::span<const shape> events) {
  return network_pass<E, float, 2>::memory_size(events);
}

}  // namespace variad
