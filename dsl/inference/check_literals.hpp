#pragma once

#include <vector>

#include <variad/dsl/graph/node.hpp>

namespace variad::internals {

/// Throws `variad::error` where a number that stands as the parameter of a distribution is not what
/// that must be. `values` holds what the tokens of the nodes carry. In a constexpr model it is a
/// compile error already.
void check_literals(const id_span<node_id, const node>& nodes,
                    const std::vector<const void*>& values);

}  // namespace variad::internals
