#pragma once

#include <variad/dsl/contracts/objective.hpp>

namespace variad {

/// The evidence lower bound, averaged over S replicates: E_q[log p(x, z) − log q(z | x)].
template <int S = 1>
struct elbo {
  static_assert(S >= 1, "elbo<S> averages over at least one replicate");
  static constexpr objective_traits traits{.name = "elbo", .replicates = S};
};

}  // namespace variad
