#pragma once

#include <string_view>

#include <variad/dsl/contracts/op.hpp>
#include <variad/dsl/syntax/expression.hpp>
#include <variad/dsl/syntax/name.hpp>

namespace variad {
namespace ops {

/// A layer with a name of its own, by which its parameters are found wherever it stands.
template <class Name, class Layer>
struct shared : Layer {
  static constexpr std::string_view layer_name = Name::view;
};

}  // namespace ops

namespace internals {

/// Whether an op can be one layer in several statements: it has parameters, and nothing else that
/// it keeps.
template <class Op>
inline constexpr bool can_be_shared = op_members<Op>::parameters && !op_members<Op>::state &&
                                      !op_members<Op>::coupled_rows && !Op::traits.per_row;

}  // namespace internals

/// One layer in several statements, in model and guide too: `shared<"embed">(dense<200>(x))` has
/// the weights of every other layer that is shared under this name, `shared.embed.weight`, which
/// begin as the first says, and its gradient is the sum of what all of them learn.
template <internals::fixed_string Name, class Op, class... Args>
constexpr auto shared(const expression<Op, Args...>& layer) {
  static_assert(
      internals::can_be_shared<Op>,
      "shared<\"name\">(e) is of a layer with parameters that is the last op of e, as "
      "shared<\"embed\">(dense<200>(x)), and not of batch_norm or row_param; inputs are put "
      "together before it, dense<9>(concat(a, b)), and of a table its parameters are "
      "shared, take(shared<\"rows\">(param<9, 4>()), index)");
  if constexpr (internals::can_be_shared<Op>) {
    using op = ops::shared<internals::to_name<Name>, Op>;
    return expression<op, Args...>{op{layer.op}, layer.args};
  } else {
    return layer;
  }
}

}  // namespace variad
