#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <variad/dsl/contracts/elementwise.hpp>
#include <variad/dsl/contracts/initializer.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/contracts/one_site.hpp>
#include <variad/dsl/syntax/op_traits.hpp>
#include <variad/dsl/syntax/shape.hpp>

namespace variad {

/// Which members an op has. An elementwise op (ops::elementwise) has `forward` of values, every
/// other one
///
/// - `event(inputs)`: the shape of its value, from those of its inputs;
/// - `forward(call)`, and `pull_back(call)`, which adds to the adjoints of the inputs, unless its
///   traits say that it has no derivative.
///
/// Members that belong together are all there, or none of them:
///
/// - *parameters*: `parameter_count`, `parameter_name(block)`, `parameter_shape(block, inputs)` and
///   `initial(block)`;
/// - *state*, what it keeps from run to run: `state<T>`, made from the op, its output's event and
///   its name. Its `values()` are all that it carries: they go into checkpoints, and begin a run as
///   they are made. The op finds its own as `call.output.state`, a reader as that of its input;
/// - *coupled rows*, sums over the batch in a training step: `gather` writes the part of the rows
///   of one call to `call.partial`, of `partial_size(event)` values; `join(event, part, next)` puts
///   the part of the rows that follow into that of those before them, and `merge(call, all)` that
///   of the whole batch into the op's state; then `forward` runs. On the way back `gather_back`
///   writes sums, which are added up, and `merge_back` takes them before `pull_back`;
/// - *shared gradient*: `pull_back` leaves the gradient of its parameters to
///   `add_gradient(call, part, to, begins)`, which runs once the way back is over: for each of
///   `gradient_parts(inputs)` by itself and on one thread. A part has the values
///   `gradient_part(part, block, inputs)`, a `gradient_range`, of each block, and they lie at
///   to[block]. Where it `begins`, it writes them, whatever they hold. Otherwise it adds to each
///   what it would have written, rounding once more, and returns true; or it does nothing and
///   returns false, and the engine adds what it writes elsewhere. So bits do not depend on who adds
///   it up (reduce.hpp).
///
/// - *derivatives along a direction*, of an op that is neither elementwise nor linear and may stand
///   in a surrogate: `forward_along(call)` and `pull_back_along(call)`, with
///   `add_gradient_along`, called alike, in place of add_gradient. `*call.along` is the call
///   with derivatives in place of values and adjoints: the first fills those of the output, the
///   second adds to those of the adjoints of the inputs.
///
/// - *one-site alternatives*: `one_site_update(call)`, a `one_site_call`, how its output changes
///   when one variable of a one-hot input does, by less than running it again. Where that is the
///   difference of two rows of a matrix [variables · categories, outputs], `one_site_rows(call)`
///   is where it begins, and a likelihood of its value may have `row_differences(call)`, a
///   `row_difference_call`, the costs of all of them.
///
/// One may say by itself: `scratch_size(rows, inputs)`, values of scratch for a call, which all of
/// its members find as `call.scratch`;
/// `fan(block, inputs)`, the units that a block of parameters leads from and to;
/// `index_limit(inputs)`: its first input is data, of whole numbers from 0 to before this, which
/// the reader checks.
template <class Op>
struct op_members {
  using call = const kernel_call<float>&;
  using shapes = std::span<const shape>;

  static constexpr bool traits = requires {
    { Op::traits } -> std::same_as<const op_traits&>;
  };
  static constexpr bool elementwise = ops::elementwise_op<Op>;
  static constexpr bool forward = [] {
    if constexpr (elementwise)
      return requires(const Op& o, const std::array<float, Op::elementwise_arity>& x) {
        o.forward(x);
      };
    else
      return requires(const Op& o, call c) { o.forward(c); };
  }();
  static constexpr bool pull_back = requires(const Op& o, call c) { o.pull_back(c); };
  static constexpr bool event = requires(shapes in) { Op::event(in); };

  static constexpr bool parameter_count = requires { Op::parameter_count; };
  static constexpr bool parameter_name = requires { Op::parameter_name(std::size_t{}); };
  static constexpr bool parameter_shape = requires(shapes in) {
    Op::parameter_shape(std::size_t{}, in);
  };
  static constexpr bool initial = requires(const Op& o) { o.initial(std::size_t{}); };
  static constexpr bool parameters =
      parameter_count || parameter_name || parameter_shape || initial;
  static constexpr bool few_parameters = [] {
    if constexpr (parameter_count) return Op::parameter_count <= internals::max_parameters;
    return true;
  }();

  static constexpr bool state = requires { typename Op::template state<float>; };
  static constexpr bool values = requires(typename Op::template state<float> & s) {
    { s.values() } -> std::same_as<std::vector<carried_values<float>>>;
  };

  static constexpr bool partial_size = requires { Op::partial_size(shape{}); };
  static constexpr bool gather = requires(call c) { Op::gather(c); };
  static constexpr bool join = requires(float* part, const float* next) {
    Op::join(shape{}, part, next);
  };
  static constexpr bool merge = requires(call c, const float* all) { Op::merge(c, all); };
  static constexpr bool gather_back = requires(call c) { Op::gather_back(c); };
  static constexpr bool merge_back = requires(call c, const float* all) { Op::merge_back(c, all); };
  static constexpr bool coupled_rows =
      partial_size || gather || join || merge || gather_back || merge_back;

  static constexpr bool gradient_parts = requires(shapes in) { Op::gradient_parts(in); };
  static constexpr bool gradient_part = requires(shapes in) {
    { Op::gradient_part(std::size_t{}, std::size_t{}, in) } -> std::same_as<gradient_range>;
  };
  static constexpr bool add_gradient = requires(call c, const gradient_places<float>& to) {
    { Op::add_gradient(c, std::size_t{}, to, bool{}) } -> std::same_as<bool>;
  };
  static constexpr bool one_site_update = requires(const one_site_call<float>& c) {
    Op::one_site_update(c);
  };
  static constexpr bool one_site_rows = requires(call c) {
    { Op::one_site_rows(c) } -> std::same_as<const float*>;
  };
  static constexpr bool row_differences = requires(const internals::row_difference_call<float>& c) {
    Op::row_differences(c);
  };
  static constexpr bool scratch_size = requires(shapes in) { Op::scratch_size(std::size_t{}, in); };
  static constexpr bool fan = requires(shapes in) { Op::fan(std::size_t{}, in); };
  static constexpr bool index_limit = requires(shapes in) {
    { Op::index_limit(in) } -> std::same_as<int>;
  };

  static constexpr bool forward_along = requires(const Op& o, call c) { o.forward_along(c); };
  static constexpr bool pull_back_along = requires(const Op& o, call c) { o.pull_back_along(c); };
  static constexpr bool add_gradient_along = requires(call c, const gradient_places<float>& to) {
    { Op::add_gradient_along(c, std::size_t{}, to, bool{}) } -> std::same_as<bool>;
  };
  static constexpr bool along = forward_along || pull_back_along || add_gradient_along;
  /// Whether a surrogate may hold it.
  static constexpr bool differentiates_twice = [] {
    if constexpr (along) return true;
    if constexpr (traits) return !parameters && (elementwise || Op::traits.linear);
    return false;
  }();

  static constexpr bool has_derivative = [] {
    if constexpr (traits) return Op::traits.differentiable;
    return true;
  }();
  static constexpr bool complete =
      traits && event && forward && (elementwise || pull_back || !has_derivative) &&
      (!parameters || (parameter_count && parameter_name && parameter_shape && initial)) &&
      few_parameters && (!state || values) &&
      (!coupled_rows ||
       (partial_size && gather && join && merge && gather_back && merge_back && state)) &&
      gradient_parts == add_gradient && gradient_part == add_gradient &&
      (!one_site_rows || one_site_update) &&
      (!along || (forward_along && pull_back_along && add_gradient_along == add_gradient));
};

}  // namespace variad
