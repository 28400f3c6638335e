#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <variad/runtime/data/array.hpp>

namespace variad {

/// What draws of a latent are like: mean, standard deviation, and the values below which 5, 50 and
/// 95 % of the draws lie (interpolated between draws, as NumPy does by default). Each array is
/// shaped as one draw, [rows, event...] or [event...]; of one-hot categories the means are their
/// shares.
struct latent_summary {
  std::string name;
  array<double> mean, sd, q5, median, q95;
};

/// Of several latents.
struct posterior_summary {
  std::vector<latent_summary> latents;

  /// By name. Throws `variad::error` naming those there are.
  const latent_summary& operator[](std::string_view name) const;
};

/// A table with a row for each number, `w[0, 2]`; of a long one the first and the last rows.
std::ostream& operator<<(std::ostream& out, const latent_summary& s);
std::ostream& operator<<(std::ostream& out, const posterior_summary& s);

}  // namespace variad
