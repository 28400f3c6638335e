#include <sstream>

#include <variad/dsl/inference/check_literals.hpp>
#include <variad/dsl/syntax/literal.hpp>
#include <variad/runtime/error.hpp>

namespace variad::internals {

void check_literals(const id_span<node_id, const node>& nodes,
                    const std::vector<const void*>& values) {
  for (const node& n : nodes) {
    if (n.what != role::draw && n.what != role::density) continue;
    const std::size_t first = n.what == role::density ? 1 : 0;  // after the value
    for (std::size_t j = 0; j < n.arity; ++j) {
      const node_id from = n.inputs[first + j];
      if (!nodes[from].literal) continue;
      const double value = static_cast<const ops::literal*>(values[index_of(from)])->value;
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
