#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <variad/dsl/contracts/draw_site.hpp>
#include <variad/dsl/contracts/estimator.hpp>
#include <variad/runtime/math/math.hpp>
#include <variad/runtime/random/uniform.hpp>

/// What ARS, ARSM, ARS+ and ARSM+ share: `coupled-gradient-estimators`, §2 and §3. Each of the n
/// variables has a point π of the simplex of its C categories, uniform on it, and its value is
/// z = argmin_i π_i e^{−α_i} with α its logits. Swapping entries c and j of every π gives z^{c⇌j},
/// and one cost f(z^{c⇌j}) of all variables together.
namespace variad::internals::swaps {

/// log π of n variables, [n, C].
template <class T>
void fill_log_simplex(stream_key random, T* out, std::size_t n, std::size_t k) {
  if (k == 2) {  // (u, 1 − u)
    fill_uniform(random, out, n);
    for (std::size_t i = n; i-- > 0;) {
      const T u = out[i];
      out[2 * i] = std::log(u);
      out[2 * i + 1] = std::log(T(1) - u);
    }
    return;
  }
  // Exponentials over their sum.
  fill_uniform(random, out, n * k);
  for (std::size_t i = 0; i < n * k; i += k) {
    T total = 0;
    for (std::size_t j = 0; j < k; ++j) total += out[i + j] = -std::log(out[i + j]);
    for (std::size_t j = 0; j < k; ++j) out[i + j] = std::log(out[i + j] / total);
  }
}

/// The entry that stands at place i after entries c and j are swapped.
constexpr std::size_t swapped(std::size_t i, std::size_t c, std::size_t j) {
  return i == c ? j : i == j ? c : i;
}

/// z^{c⇌j} of one variable from log π and α, [C] each.
template <class T>
std::size_t value(const T* log_pi, const T* alpha, std::size_t k, std::size_t c, std::size_t j) {
  std::size_t least = 0;
  T lowest = log_pi[swapped(0, c, j)] - alpha[0];
  for (std::size_t i = 1; i < k; ++i) {
    const T s = log_pi[swapped(i, c, j)] - alpha[i];
    if (s < lowest) {
      lowest = s;
      least = i;
    }
  }
  return least;
}

/// Whether z^{c⇌j} is the same for every c: the symmetry term δ of §3.1, where the gradient's
/// expectation is zero.
template <class T>
bool all_equal(const T* log_pi, const T* alpha, std::size_t k, std::size_t j) {
  const std::size_t own = value(log_pi, alpha, k, j, j);
  for (std::size_t c = 0; c < k; ++c)
    if (c != j && value(log_pi, alpha, k, c, j) != own) return false;
  return true;
}

/// Writes the values of all variables of a row after the swap of c and j.
template <class Family, class T>
void write(const draw_site<Family, T>& site, std::size_t row, std::size_t c, std::size_t j,
           T* out) {
  const std::size_t n = site.variables(), k = site.categories();
  T* const alpha = site.scratch();
  site.logits(row, alpha);
  const T* const log_pi = site.kept(row).data();
  for (std::size_t i = 0; i < n; ++i)
    Family::set_category(out, i, value(log_pi + i * k, alpha + i * k, k, c, j), k);
}

/// What one_reference and all_references have in common: π, and the values drawn by it.
struct simplex_draws {
  static constexpr verdict accepts(const latent_traits& t) {
    if (!t.discrete) return {false, "its swaps are of categories of a discrete draw"};
    return {true, "discrete"};
  }
  /// log π.
  static constexpr std::size_t kept(const latent_traits& t) {
    return static_cast<std::size_t>(t.variables * t.categories);
  }

  template <class Family, class T>
  void propose(const draw_site<Family, T>& site) const {
    for (std::size_t row = 0; row < site.rows(); ++row) {
      fill_log_simplex(site.random(row), site.kept(row).data(), site.variables(),
                       site.categories());
      write(site, row, 0, 0, site.value(row).data());
    }
  }
};

/// E[π_j] given the other entries but π_l, and all z^{c⇌j}: §3. With R = π_j + π_l, π_j = t and
/// π_l = R − t are uniform on the interval of t where every z^{m⇌j} stays what it is; each says
/// that s_z ≤ s_i for all i, where the s are linear in t.
template <class T>
T expected_entry(const T* log_pi, const T* alpha, std::size_t k, std::size_t j, std::size_t l) {
  const T now = std::exp(log_pi[j]), whole = now + std::exp(log_pi[l]);
  T low = 0, high = whole;
  // s_i = e^{−α_i} (constant + slope t), after the swap of m and j, up to a factor
  const auto line = [&](std::size_t i, std::size_t m, T scale, T& constant, T& slope) {
    const std::size_t entry = swapped(i, m, j);
    constant = scale * (entry == j ? T(0) : entry == l ? whole : std::exp(log_pi[entry]));
    slope = entry == j ? scale : entry == l ? -scale : T(0);
  };
  for (std::size_t m = 0; m < k; ++m) {
    const std::size_t z = value(log_pi, alpha, k, m, j);
    for (std::size_t i = 0; i < k; ++i) {
      if (i == z || alpha[i] == -std::numeric_limits<T>::infinity()) continue;  // s_i = ∞
      const T least = std::min(alpha[i], alpha[z]);
      T constant_z, slope_z, constant, slope;
      line(z, m, std::exp(least - alpha[z]), constant_z, slope_z);
      line(i, m, std::exp(least - alpha[i]), constant, slope);
      const T steep = slope_z - slope, gap = constant - constant_z;
      if (steep > T(0)) high = std::min(high, gap / steep);
      if (steep < T(0)) low = std::max(low, gap / steep);
    }
  }
  // Rounding must not exclude the π_j that was drawn.
  return (std::min(low, now) + std::max(high, now)) / 2;
}

/// A number below `bound` for each (row, draw), uniform.
inline std::size_t pick(stream_key random, std::size_t bound, std::uint32_t draw) {
  double u = 0;
  fill_uniform(random, &u, 1, draw);
  return std::min(static_cast<std::size_t>(u * static_cast<double>(bound)), bound - 1);
}

/// ARS and ARS+: one reference j for all variables of a row, drawn uniformly, and C evaluations.
/// Probe p > 0 swaps the p-th of the other categories with j.
template <bool Integrated>
struct one_reference : simplex_draws {
  static constexpr probe_set probes(const latent_traits& t) {
    return {.values = probe_set::kind::joint, .count = t.categories, .own_first = true};
  }

  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t p, T* out) const {
    const std::size_t j = reference(site, row);
    write(site, row, p <= j ? p - 1 : p, j, out);
  }

  /// g_c = (f(z^{c⇌j}) − mean_m f(z^{m⇌j})) (1 − C π_j) of each variable, §2.1.
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    const T categories = static_cast<T>(k);
    T *const alpha = site.scratch(), *const adjoint = alpha + n * k;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const std::size_t j = reference(site, row);
      const T* const log_pi = site.kept(row).data();
      site.logits(row, alpha);
      T mean = 0;
      for (std::size_t p = 1; p < k; ++p)
        mean += (site.cost(row, p) - site.cost(row, 0)) / categories;
      for (std::size_t i = 0; i < n; ++i) {
        const T factor =
            site.weight(row) * part(log_pi + i * k, alpha + i * k, k, j, site.random(row), i);
        for (std::size_t c = 0; c < k; ++c) {
          const std::size_t p = c == j ? 0 : c < j ? c + 1 : c;
          adjoint[i * k + c] = factor * (site.cost(row, p) - site.cost(row, 0) - mean);
        }
      }
      site.add_logits(row, adjoint);
    }
  }

 private:
  // Draws of a row's stream: 0 is π, 1 the reference, and the redundant entries follow.
  template <class Family, class T>
  static std::size_t reference(const draw_site<Family, T>& site, std::size_t row) {
    return pick(site.random(row), site.categories(), 1);
  }
  /// 1 − C π_j, or its expectation given everything that the costs depend on.
  template <class T>
  static T part(const T* log_pi, const T* alpha, std::size_t k, std::size_t j, stream_key random,
                std::size_t variable) {
    const T categories = static_cast<T>(k);
    if constexpr (!Integrated) {
      return 1 - categories * std::exp(log_pi[j]);
    } else {
      if (all_equal(log_pi, alpha, k, j)) return T(0);
      const std::size_t other = pick(random, k - 1, static_cast<std::uint32_t>(variable) + 2);
      const std::size_t l = other < j ? other : other + 1;
      return 1 - categories * expected_entry(log_pi, alpha, k, j, l);
    }
  }
};

/// ARSM and ARSM+: the mean over all references j, and C(C − 1)/2 + 1 evaluations. Probe p > 0
/// swaps the p-th pair c < j.
template <bool Symmetric>
struct all_references : simplex_draws {
  static constexpr probe_set probes(const latent_traits& t) {
    return {.values = probe_set::kind::joint,
            .count = t.categories * (t.categories - 1) / 2 + 1,
            .own_first = true};
  }

  template <class Family, class T>
  void probe(const draw_site<Family, T>& site, std::size_t row, std::size_t p, T* out) const {
    std::size_t j = 1;
    for (--p; p >= j; ++j) p -= j;
    write(site, row, p, j, out);
  }

  /// The mean over j of (f(z^{c⇌j}) − mean_m f(z^{m⇌j})) (1 − C π_j), §2.2.
  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    const std::size_t n = site.variables(), k = site.categories();
    const T categories = static_cast<T>(k);
    T *const alpha = site.scratch(), *const adjoint = alpha + n * k;
    for (std::size_t row = 0; row < site.rows(); ++row) {
      const T* const log_pi = site.kept(row).data();
      const auto cost = [&](std::size_t c, std::size_t j) {  // less that of the draw itself
        if (c == j) return T(0);
        const std::size_t low = std::min(c, j), high = std::max(c, j);
        return site.cost(row, 1 + high * (high - 1) / 2 + low) - site.cost(row, 0);
      };
      site.logits(row, alpha);
      std::fill_n(adjoint, n * k, T(0));
      for (std::size_t j = 0; j < k; ++j) {
        T mean = 0;
        for (std::size_t m = 0; m < k; ++m) mean += cost(m, j) / categories;
        for (std::size_t i = 0; i < n; ++i) {
          if (Symmetric && all_equal(log_pi + i * k, alpha + i * k, k, j)) continue;
          const T factor =
              site.weight(row) * (1 - categories * std::exp(log_pi[i * k + j])) / categories;
          for (std::size_t c = 0; c < k; ++c) adjoint[i * k + c] += factor * (cost(c, j) - mean);
        }
      }
      site.add_logits(row, adjoint);
    }
  }
};

}  // namespace variad::internals::swaps
