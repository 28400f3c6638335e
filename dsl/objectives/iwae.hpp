#pragma once

#include <variad/dsl/compiler/terms.hpp>

namespace variad {

/// The importance-weighted bound of K samples, averaged over S replicates:
/// E[log (1/K) Σ_k p(x, z_k) / q(z_k | x)] (Burda, Grosse and Salakhutdinov 2016).
template <int K, int S = 1>
struct iwae {
  static_assert(K >= 1 && S >= 1, "iwae<K, S> takes at least one sample and one replicate");
  static constexpr objective_traits traits() { return {"iwae", S, K, true}; }
};

}  // namespace variad
