#pragma once

#include <variad/dsl/contracts/one_site.hpp>

namespace variad::internals {

/// The Bernoulli log-likelihood of every one-site alternative: Σ x·h' − softplus(h') of
/// h' = h + W[i, j] − W[i, z_i]. The first sum needs one product of the data with the weights.
template <class T>
void bernoulli_row_differences(const row_difference_call<T>& call);

}  // namespace variad::internals
