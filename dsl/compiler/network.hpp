#pragma once

#include <array>
#include <span>
#include <string_view>

#include <variad/dsl/compiler/flatten.hpp>
#include <variad/dsl/engine/kernel_call.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/drawn_value.hpp>
#include <variad/dsl/ops/elementwise.hpp>

namespace variad {

/// An estimator that learns a number per row by a network of its own, a baseline or a surrogate: an
/// expression, in the member `network`, of data, quantities and latents that are stated before the
/// draw, and of `drawn_value`, the value of the draw itself.
template <class E>
concept has_network = requires(const E& e) {
  e.network;
};

/// Most references to names in a network.
inline constexpr std::size_t max_references = 4;

/// One op of a network, or one of its inputs.
struct network_node {
  int input = -1;  ///< which event it is: a reference, or the draw's value, which comes last
  std::array<int, max_inputs> operand{};
  int arity = 0;
  int first_parameter = 0;
  shape event{};
};

namespace detail {

/// Ops that network_pass.hpp can differentiate twice.
template <class Op>
inline constexpr bool is_network_op = std::is_same_v<Op, ops::literal> ||
                                      std::is_same_v<Op, ops::drawn_value> ||
                                      (ops::elementwise_op<Op> && !Op::traits.sums_event);
template <int Out, bool Bias>
inline constexpr bool is_network_op<ops::dense<Out, Bias>> = true;

template <class Op>
inline constexpr bool op_jumps = Op::traits.without_derivative != 0;
template <>
inline constexpr bool op_jumps<void> = false;

template <class Op>
constexpr int parameters_of_op() {
  if constexpr (requires { Op::parameter_count; }) return static_cast<int>(Op::parameter_count);
  return 0;
}

template <class Token>
struct network_token;
template <class Op, std::size_t A>
struct network_token<token::apply<Op, A>> {
  using op = Op;
  static constexpr std::size_t arity = A;
  static constexpr bool refers = false, supported = is_network_op<Op>;
};
template <class R>
struct network_token<token::refer<R>> {
  using op = void;
  static constexpr std::size_t arity = 0;
  static constexpr bool refers = true, supported = true;
};

}  // namespace detail

/// What is known of a network at compile time: its ops in order, operands first, and the blocks of
/// parameters that they own.
template <class List>
struct network_graph;

template <class... Token>
struct network_graph<type_list<Token...>> {
  using tokens = type_list<Token...>;
  static constexpr std::size_t size = sizeof...(Token);
  static constexpr int references = (0 + ... + int(detail::network_token<Token>::refers));
  static_assert(references <= static_cast<int>(max_references),
                "the network of an estimator refers to names at most 4 times");
  /// Whether it reads the value of the draw, which a baseline may not.
  static constexpr bool reads_draw =
      (std::is_same_v<typename detail::network_token<Token>::op, ops::drawn_value> || ...);
  /// Whether an op of it has no derivative in an input.
  static constexpr bool jumps =
      (detail::op_jumps<typename detail::network_token<Token>::op> || ...);
  template <std::size_t I>
  using op = typename detail::network_token<type_at<I, tokens>>::op;

  static constexpr std::size_t parameter_count = [] {
    std::size_t n = 0;
    const auto count = [&]<class T>() {
      if constexpr (!detail::network_token<T>::refers)
        n += static_cast<std::size_t>(
            detail::parameters_of_op<typename detail::network_token<T>::op>());
    };
    (count.template operator()<Token>(), ...);
    return n;
  }();
  static_assert(parameter_count <= max_parameters,
                "the network of an estimator has at most 4 dense layers");

  /// The nodes for the events of what is referred to, in order, and of the draw's value, which may
  /// stand at the end of more. An event is invalid where shapes do not fit.
  static constexpr std::array<network_node, size> layout(std::span<const shape> events) {
    std::array<network_node, size> nodes{};
    std::array<int, size + 1> stack{};
    const std::span<const shape> known = events.last(static_cast<std::size_t>(references) + 1);
    int top = 0, at = 0, reference = 0, parameter = 0;
    const auto add = [&]<class T>() {
      using traits = detail::network_token<T>;
      network_node& n = nodes[static_cast<std::size_t>(at)];
      n.first_parameter = parameter;
      if constexpr (traits::refers) {
        n.input = reference++;
        n.event = known[static_cast<std::size_t>(n.input)];
      } else if constexpr (std::is_same_v<typename traits::op, ops::drawn_value>) {
        n.input = references;
        n.event = known.back();
      } else {
        n.arity = static_cast<int>(traits::arity);
        std::array<shape, max_inputs> in{};
        bool fits = true;
        for (int j = n.arity; j-- > 0;) {
          n.operand[static_cast<std::size_t>(j)] = stack[static_cast<std::size_t>(--top)];
          in[static_cast<std::size_t>(j)] =
              nodes[static_cast<std::size_t>(n.operand[static_cast<std::size_t>(j)])].event;
          fits = fits && in[static_cast<std::size_t>(j)].valid;
        }
        n.event = traits::op::event(std::span<const shape>(in.data(), traits::arity));
        if constexpr (ops::elementwise_op<typename traits::op>)
          for (std::size_t j = 0; j < traits::arity; ++j)
            fits = fits && (in[j].size() == 1 || in[j].size() == n.event.size());
        if (!fits) n.event = shape::invalid();
        parameter += detail::parameters_of_op<typename traits::op>();
      }
      stack[static_cast<std::size_t>(top++)] = at++;
    };
    (add.template operator()<Token>(), ...);
    return nodes;
  }
  /// Whether it is made of ops that can be differentiated twice, and gives one number.
  static constexpr bool fits(std::span<const shape> events) {
    if (!(detail::network_token<Token>::supported && ...)) return false;
    const shape out = layout(events).back().event;
    return out.valid && out.size() == 1;
  }

  /// Blocks of parameters: of which node, and which of its own.
  struct block {
    std::size_t node = 0, of_node = 0, position = 0;
  };
  static constexpr std::array<block, max_parameters> blocks = [] {
    std::array<block, max_parameters> b{};
    std::size_t at = 0, node = 0;
    const auto add = [&]<class T>() {
      if constexpr (!detail::network_token<T>::refers) {
        using own = typename detail::network_token<T>::op;
        if constexpr (requires { own::parameter_count; }) {
          std::size_t position = 0;
          for (std::size_t k = 0; k < at; ++k) position += b[k].of_node == 0;
          for (std::size_t k = 0; k < own::parameter_count; ++k) b[at++] = {node, k, position};
        }
      }
      ++node;
    };
    (add.template operator()<Token>(), ...);
    return b;
  }();

  /// "dense0.weight": layers are numbered in their order.
  static constexpr std::string_view parameter_name(std::size_t i) {
    const name& n = names[i];
    return {n.text.data(), n.length};
  }
  static constexpr shape parameter_shape(std::size_t i, std::span<const shape> events) {
    const auto nodes = layout(events);
    shape found;
    at_op(blocks[i].node, [&]<class Op>(std::size_t node) {
      if constexpr (requires { Op::parameter_count; }) {
        const shape in = nodes[static_cast<std::size_t>(nodes[node].operand[0])].event;
        found = Op::parameter_shape(blocks[i].of_node, std::span<const shape>(&in, 1));
      }
    });
    return found;
  }

  /// Calls f<Op>(node) for the op of a node.
  template <class F>
  static constexpr void at_op(std::size_t node, F&& f) {
    std::size_t i = 0;
    const auto visit = [&]<class T>() {
      if constexpr (!detail::network_token<T>::refers)
        if (i == node) f.template operator()<typename detail::network_token<T>::op>(i);
      ++i;
    };
    (visit.template operator()<Token>(), ...);
  }

 private:
  struct name {
    std::array<char, 32> text{};
    std::size_t length = 0;
    constexpr void append(std::string_view s) {
      for (const char c : s) text[length++] = c;
    }
  };
  static constexpr std::array<name, max_parameters> names = [] {
    std::array<name, max_parameters> all{};
    for (std::size_t i = 0; i < parameter_count; ++i)
      at_op(blocks[i].node, [&]<class Op>(std::size_t) {
        if constexpr (requires { Op::parameter_count; }) {
          all[i].append(Op::name);
          all[i].text[all[i].length++] = static_cast<char>('0' + blocks[i].position);
          all[i].append(".");
          all[i].append(Op::parameter_name(blocks[i].of_node));
        }
      });
    return all;
  }();
};

/// The network of an estimator.
template <has_network E>
using network_of = network_graph<
    typename detail::flatten_expression<std::remove_cvref_t<decltype(E::network)>>::type>;

}  // namespace variad
