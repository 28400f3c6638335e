#pragma once

#include <sstream>
#include <string>
#include <vector>

#include <variad/dsl/graph/node.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {

/// Throws `variad::error` where a number that stands as the parameter of a distribution is not what
/// that must be. `ops` holds what the tokens of the resolved program R carry. In a constexpr model
/// it is a compile error already.
template <class R>
void check_literals(const std::vector<const void*>& ops) {
  for (const node_id i : R::program.token_ids()) {
    const node& n = R::program[i];
    if (n.what != role::draw && n.what != role::density) continue;
    const std::size_t first = n.what == role::density ? 1 : 0;  // after the value
    for (std::size_t j = 0; j < n.arity; ++j) {
      const node_id from = n.inputs[first + j];
      if (!R::program[from].literal) continue;
      const double value = static_cast<const ops::literal*>(ops[index_of(from)])->value;
      const parameter_constraint must_be = n.family.constraints[j];
      if (satisfies(must_be, value)) continue;
      const std::string_view repair = repair_for(must_be);
      std::ostringstream message;
      message << "infer: found " << n.family.parameter_names[j] << " = " << value << " in the "
              << n.family.name << " of " << n.label << ", expected " << words_for(must_be);
      if (!repair.empty()) message << "; of an expression, " << repair;
      throw error(message.str());
    }
  }
}

}  // namespace variad::internals
