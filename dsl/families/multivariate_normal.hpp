#pragma once

#include <algorithm>
#include <array>
#include <numbers>
#include <vector>

#include <variad/dsl/contracts/family.hpp>
#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/keyword.hpp>
#include <variad/runtime/linalg/cholesky.hpp>
#include <variad/runtime/random/normal.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace families {

using namespace internals;

/// The normal distribution of n variables with mean [n], or one number for all, and the lower
/// Cholesky factor L [n, n] of the covariance L·Lᵀ.
struct multivariate_normal {
  static constexpr std::string_view name = "multivariate_normal";
  /// Most variables of one event.
  static constexpr std::size_t most = 256;
  template <class T>
  static constexpr T half_log_2pi = T(0.918938533204672741780329736405617640L);
  static constexpr family_traits traits{.values = support::real};
  static constexpr std::size_t parameter_count = 2;
  static constexpr std::array<parameter_rule, 2> parameter_rules{
      {{"mean"}, {"scale_tril", parameter_constraint::positive_diagonal}}};
  static constexpr shape value_shape(const shape& declared) { return shape_of(declared.size()); }
  static constexpr shape parameter_shape(std::size_t i, const shape& declared) {
    return i == 0 ? shape_of(declared.size()) : shape_of(declared.size(), declared.size());
  }

  /// y += a·x. Rows are short: a call of the BLAS would cost more than the sum.
  template <class T>
  static void add_scaled(std::size_t n, T a, const T* x, T* y) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(y + i, V(load_as<V>(y + i) + V(a) * load_as<V>(x + i)));
    });
  }
  /// ‖x‖²
  template <class T>
  static T square_of(std::size_t n, const T* x) {
    return transform_reduce<T>(
        n, [](const batch<T>& v) { return v * v; }, x);
  }
  /// out = x − m, where m is one number for all or has n entries.
  template <class T>
  static void subtract(std::size_t n, const T* x, const T* m, std::size_t size, T* out) {
    for_each_vector<T>(n, [&]<class V>(std::size_t i) {
      store(out + i, V(load_as<V>(x + i) - (size == 1 ? V(*m) : load_as<V>(m + i))));
    });
  }
  /// Adds seed · x to the adjoint of such an m, where it is wanted.
  template <class T>
  static void add_to_mean(std::size_t n, T seed, const T* x, T* to, std::size_t size) {
    if (to == nullptr) return;
    if (size == n) return add_scaled<T>(n, seed, x, to);
    for (std::size_t i = 0; i < n; ++i) *to += seed * x[i];
  }

  /// Adds seed · ∂ log_prob to the wanted adjoints of x, mean and L, given the whitened residual
  /// r = L⁻¹(x − mean): ∂mean = L⁻ᵀr, ∂L = L⁻ᵀ r rᵀ − diag(1/L), lower triangle.
  template <class T>
  static void add_derivative(const T* r, const T* l, T seed, T* dx, T* dmean, std::size_t mean_size,
                             T* dl, T* work, std::size_t n) {
    std::copy_n(r, n, work);
    lower_transpose_solve(n, l, n, work);
    if (dx != nullptr) add_scaled<T>(n, -seed, work, dx);
    add_to_mean(n, seed, work, dmean, mean_size);
    if (dl != nullptr)
      for (std::size_t i = 0; i < n; ++i) {
        add_scaled<T>(i + 1, seed * work[i], r, dl + i * n);
        dl[i * n + i] -= seed / l[i * n + i];
      }
  }

  /// The log-density of the variables K that a mask has 1 for, of (x, mean, L, mask): normal with
  /// the mean of K and the covariance A·Aᵀ, where A is the rows K of L. With a = (A·Aᵀ)⁻¹(x − mean)
  /// its derivative is −a in x, a in the mean and (a·aᵀ − (A·Aᵀ)⁻¹)·A in A.
  struct marginal_log_prob {
    static constexpr std::string_view name = "multivariate_normal.log_prob";
    static constexpr op_traits traits{.without_derivative = 0b1000};
    static constexpr shape event(std::span<const shape> in);
    /// The covariance, its inverse, and four vectors.
    static constexpr std::size_t scratch_size(std::size_t, std::span<const shape> in) {
      const auto n = static_cast<std::size_t>(in[0].size());
      return 2 * n * n + 4 * n;
    }

    template <class T>
    void forward(const kernel_call<T>& call) const {
      for_each_known(call, [&](std::size_t row, const auto&, const known_rows<T>& k) {
        call.output.value[row] = T(-0.5) * square_of(k.count, k.whitened) -
                                 lower_log_determinant(k.count, k.factor, k.count) -
                                 static_cast<T>(k.count) * half_log_2pi<T>;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>&x = call.inputs[0], &mean = call.inputs[1], &l = call.inputs[2];
      for_each_known(call, [&](std::size_t row, const auto& at, const known_rows<T>& k) {
        const T seed = call.output.adjoint[row];
        T* const a = k.whitened;
        lower_transpose_solve(k.count, k.factor, k.count, a);
        for (std::size_t i = 0; i < k.count; ++i) {
          if (x.adjoint != nullptr) x.adjoint[at[0] + k.place(i)] -= seed * a[i];
          if (mean.adjoint != nullptr)
            mean.adjoint[at[1] + (mean.size == 1 ? 0 : k.place(i))] += seed * a[i];
        }
        if (l.adjoint == nullptr) return;
        for (std::size_t i = 0; i < k.count; ++i) {  // row i of the inverse of the covariance
          T* const inverse = k.inverse + i * k.count;
          std::fill_n(inverse, k.count, T(0));
          inverse[i] = T(1);
          lower_solve(k.count, k.factor, k.count, inverse);
          lower_transpose_solve(k.count, k.factor, k.count, inverse);
        }
        const std::size_t n = x.size;
        for (std::size_t i = 0; i < k.count; ++i)
          for (std::size_t j = 0; j < k.count; ++j) {
            const T of_covariance = seed * (a[i] * a[j] - k.inverse[i * k.count + j]);
            const T* const from = l.value + at[2] + k.place(j) * n;
            T* const to = l.adjoint + at[2] + k.place(i) * n;
            for (std::size_t m = 0; m <= std::min(k.place(i), k.place(j)); ++m)
              to[m] += of_covariance * from[m];
          }
      });
    }

   private:
    /// What is worked out for a row, of the `count` variables that are known, in scratch.
    template <class T>
    struct known_rows {
      std::size_t count;
      T *factor, *inverse, *whitened, *places;
      std::size_t place(std::size_t i) const { return static_cast<std::size_t>(places[i]); }
    };
    template <class T, class F>
    static void for_each_known(const kernel_call<T>& call, F&& f) {
      const tensor<T>&x = call.inputs[0], &mean = call.inputs[1], &l = call.inputs[2];
      const std::size_t n = x.size;
      known_rows<T> k{0, call.scratch, call.scratch + n * n, call.scratch + 2 * n * n,
                      call.scratch + 2 * n * n + n};
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T* const mask = call.inputs[3].value + at[3];
        k.count = 0;
        for (std::size_t i = 0; i < n; ++i)
          if (mask[i] > T(0)) k.places[k.count++] = static_cast<T>(i);
        for (std::size_t i = 0; i < k.count; ++i) {
          const std::size_t p = k.place(i);
          k.whitened[i] = x.value[at[0] + p] - mean.value[at[1] + (mean.size == 1 ? 0 : p)];
          for (std::size_t j = 0; j <= i; ++j) {
            const T *const a = l.value + at[2] + p * n, *const b = l.value + at[2] + k.place(j) * n;
            T sum = 0;
            for (std::size_t m = 0; m <= k.place(j); ++m) sum += a[m] * b[m];
            k.factor[i * k.count + j] = sum;
          }
        }
        lower_factor(k.count, k.factor, k.count);
        lower_solve(k.count, k.factor, k.count, k.whitened);
        f(row, at, k);
      });
    }
  };

  /// −½‖L⁻¹(x − mean)‖² − log det L − n/2 log 2π, of (x, mean, L)
  struct log_prob {
    using marginal = marginal_log_prob;
    static constexpr std::string_view name = "multivariate_normal.log_prob";
    static constexpr op_traits traits{};
    static constexpr shape event(std::span<const shape> in) {
      const int n = in[0].size();
      return n <= static_cast<int>(most) && (in[1].size() == n || in[1].size() == 1) &&
                     in[2].rank == 2 && in[2][0] == n && in[2][1] == n
                 ? shape_of()
                 : shape::invalid();
    }
    template <class T, class F>
    static void for_each_residual(const kernel_call<T>& call, F&& f) {
      const std::size_t n = call.inputs[0].size;
      // On the stack, since a step allocates nothing.
      std::array<T, 2 * most> work;
      for_each_row(call, [&](std::size_t row, const auto& at) {
        subtract(n, call.inputs[0].value + at[0], call.inputs[1].value + at[1], call.inputs[1].size,
                 work.data());
        lower_solve(n, call.inputs[2].value + at[2], n, work.data());
        f(row, at, work.data(), work.data() + most, n);
      });
    }
    template <class T>
    void forward(const kernel_call<T>& call) const {
      for_each_residual(call, [&](std::size_t row, const auto& at, const T* r, T*, std::size_t n) {
        call.output.value[row] = T(-0.5) * square_of(n, r) -
                                 lower_log_determinant(n, call.inputs[2].value + at[2], n) -
                                 static_cast<T>(n) * half_log_2pi<T>;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const auto to = [&](std::size_t i, std::size_t at) {
        return call.inputs[i].adjoint == nullptr ? nullptr : call.inputs[i].adjoint + at;
      };
      for_each_residual(
          call, [&](std::size_t row, const auto& at, const T* r, T* work, std::size_t n) {
            add_derivative(r, call.inputs[2].value + at[2], call.output.adjoint[row], to(0, at[0]),
                           to(1, at[1]), call.inputs[1].size, to(2, at[2]), work, n);
          });
    }
  };

  /// log det L + n/2 log 2πe, of (mean, L)
  struct entropy {
    static constexpr std::string_view name = "multivariate_normal.entropy";
    static constexpr op_traits traits{};
    static constexpr shape event(std::span<const shape> in) {
      return in[1].rank == 2 ? shape_of() : shape::invalid();
    }
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
      for_each_row(call, [&](std::size_t row, const auto& at) {
        call.output.value[row] = lower_log_determinant(n, call.inputs[1].value + at[1], n) +
                                 static_cast<T>(n) * (half_log_2pi<T> + T(0.5));
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
      if (call.inputs[1].adjoint == nullptr) return;
      for_each_row(call, [&](std::size_t row, const auto& at) {
        for (std::size_t i = 0; i < n * n; i += n + 1)
          call.inputs[1].adjoint[at[1] + i] +=
              call.output.adjoint[row] / call.inputs[1].value[at[1] + i];
      });
    }
  };

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    std::copy_n(p[0], n, out);
  }
  /// Conditions a value x on those variables K of the data that a mask has 1 for: x moves by
  /// Σ_·K (Σ_KK)⁻¹ (data_K − x_K), which makes a draw given K of a draw, and the mean given K of
  /// the mean.
  template <class T>
  static void condition(const parameter_rows<T>& p, const T* data, const T* known, T* x,
                        std::size_t n) {
    std::array<T, most> of_known, of_noise{};
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < n; ++i)
      if (known[i] > T(0)) at.push_back(i);
    const std::size_t k = at.size();
    std::vector<T> factor(k * k);
    for (std::size_t i = 0; i < k; ++i) {
      of_known[i] = data[at[i]] - x[at[i]];
      for (std::size_t j = 0; j <= i; ++j)
        for (std::size_t m = 0; m <= at[j]; ++m)
          factor[i * k + j] += p[1][at[i] * n + m] * p[1][at[j] * n + m];
    }
    lower_factor(k, factor.data(), k);
    lower_solve(k, factor.data(), k, of_known.data());
    lower_transpose_solve(k, factor.data(), k, of_known.data());
    for (std::size_t i = 0; i < k; ++i)
      add_scaled<T>(at[i] + 1, of_known[i], p[1] + at[i] * n, of_noise.data());
    lower_multiply(n, p[1], n, of_noise.data());
    add_scaled<T>(n, 1, of_noise.data(), x);
    for (const std::size_t i : at) x[i] = data[i];
  }

  static constexpr std::size_t noise_size(std::size_t n) { return n; }
  template <class T>
  static void fill_noise(stream_key random, T* out, std::size_t n) {
    fill_normal(random, out, n);
  }
  /// mean + L·noise
  template <class T>
  static void transform(const T* noise, const parameter_rows<T>& p, T* out, std::size_t n) {
    std::copy_n(noise, n, out);
    lower_multiply(n, p[1], n, out);
    add_scaled<T>(n, 1, p[0], out);
  }
  template <class T>
  static void transform_pull_back(const T* noise, const parameter_rows<T>&, const T*,
                                  const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    if (to[0] != nullptr) add_scaled<T>(n, 1, adjoint, to[0]);
    for (std::size_t i = 0; to[1] != nullptr && i < n; ++i)
      add_scaled<T>(i + 1, adjoint[i], noise, to[1] + i * n);
  }
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    std::array<T, most> noise;
    fill_noise(random, noise.data(), n);
    transform(noise.data(), p, out, n);
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    std::array<T, most> r, work;
    subtract(n, value, p[0], n, r.data());
    lower_solve(n, p[1], n, r.data());
    add_derivative<T>(r.data(), p[1], seed, nullptr, to[0], n, to[1], work.data(), n);
  }
};

constexpr shape multivariate_normal::marginal_log_prob::event(std::span<const shape> in) {
  return log_prob::event(in.first(3));
}

}  // namespace families

namespace internals {

/// The event of a KL divergence, of (mean, L) and two parameters of the other. Where a mean, or the
/// scale of independent variables, is one number, it is that of all.
constexpr shape kl_event(std::span<const shape> in) {
  const bool square = in[1].rank == 2 && in[1][0] == in[1][1];
  return square && in[1][0] <= static_cast<int>(families::multivariate_normal::most)
             ? shape_of()
             : shape::invalid();
}

template <class T>
T* adjoint_at(const kernel_call<T>& call, std::size_t i, std::size_t at) {
  return call.inputs[i].adjoint == nullptr ? nullptr : call.inputs[i].adjoint + at;
}

}  // namespace internals

/// KL(N(m, L Lᵀ) ‖ N(μ, Λ Λᵀ)) = log det Λ − log det L + ½(‖Λ⁻¹L‖² + ‖Λ⁻¹(m − μ)‖² − n), of
/// (m, L, μ, Λ). With a column c of (L, m − μ) and r = Λ⁻¹c, ∂½‖r‖² = Λ⁻ᵀr in c and −Λ⁻ᵀr rᵀ in Λ.
template <>
struct kl_divergence<families::multivariate_normal, families::multivariate_normal> {
  static constexpr std::string_view name = "multivariate_normal.kl";
  static constexpr op_traits traits{};
  using family = families::multivariate_normal;
  static constexpr shape event(std::span<const shape> in) { return internals::kl_event(in); }

  /// Calls f(column, r) for the columns of L and, as number n, of m − μ: r has the first entry that
  /// is not zero at the column's number (at 0 for m − μ).
  template <class T, class F>
  static void for_each_column(const kernel_call<T>& call, const auto& at, F&& f) {
    const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
    const T *l = call.inputs[1].value + at[1], *lambda = call.inputs[3].value + at[3];
    std::array<T, family::most> r;
    for (std::size_t c = 0; c <= n; ++c) {
      if (c == n) {
        for (std::size_t i = 0; i < n; ++i)
          r[i] = call.inputs[0].value[at[0] + i % call.inputs[0].size];
        family::subtract<T>(n, r.data(), call.inputs[2].value + at[2], call.inputs[2].size,
                            r.data());
        internals::lower_solve(n, lambda, n, r.data());
      } else {
        for (std::size_t i = c; i < n; ++i) r[i] = l[i * n + c];
        internals::lower_solve(n - c, lambda + c * (n + 1), n, r.data() + c);
      }
      f(c, r.data());
    }
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
    for_each_row(call, [&](std::size_t row, const auto& at) {
      const T *l = call.inputs[1].value + at[1], *lambda = call.inputs[3].value + at[3];
      T squares = -static_cast<T>(n);
      for_each_column(call, at, [&](std::size_t c, const T* r) {
        const std::size_t from = c % n;
        squares += family::square_of(n - from, r + from);
      });
      call.output.value[row] = internals::lower_log_determinant(n, lambda, n) -
                               internals::lower_log_determinant(n, l, n) + T(0.5) * squares;
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
    for_each_row(call, [&](std::size_t row, const auto& at) {
      const T *l = call.inputs[1].value + at[1], *lambda = call.inputs[3].value + at[3];
      const T seed = call.output.adjoint[row];
      T *dm = internals::adjoint_at(call, 0, at[0]), *dl = internals::adjoint_at(call, 1, at[1]),
        *dmu = internals::adjoint_at(call, 2, at[2]),
        *dlambda = internals::adjoint_at(call, 3, at[3]);
      std::array<T, family::most> back;
      for_each_column(call, at, [&](std::size_t c, const T* r) {
        const std::size_t from = c % n;
        std::fill_n(back.data(), from, T(0));
        std::copy(r + from, r + n, back.data() + from);
        internals::lower_transpose_solve(n, lambda, n, back.data());
        if (dlambda != nullptr)
          for (std::size_t i = from; i < n; ++i)
            family::add_scaled<T>(i + 1 - from, -seed * back[i], r + from, dlambda + i * n + from);
        if (c == n) {
          family::add_to_mean<T>(n, seed, back.data(), dm, call.inputs[0].size);
          family::add_to_mean<T>(n, -seed, back.data(), dmu, call.inputs[2].size);
        } else if (dl != nullptr) {
          for (std::size_t i = c; i < n; ++i) dl[i * n + c] += seed * back[i];
        }
      });
      for (std::size_t i = 0; i < n * n; i += n + 1) {
        if (dl != nullptr) dl[i] -= seed / l[i];
        if (dlambda != nullptr) dlambda[i] += seed / lambda[i];
      }
    });
  }
};

/// KL(N(m, L Lᵀ) ‖ Π N(μ_i, s_i)) = Σ_i log s_i/L_ii + ½(Σ_j L_ij² + (m_i − μ_i)²)/s_i² − ½, of
/// (m, L, μ, s).
template <>
struct kl_divergence<families::multivariate_normal, families::normal> {
  static constexpr std::string_view name = "multivariate_normal.kl_to_independent";
  static constexpr op_traits traits{};
  using family = families::multivariate_normal;
  static constexpr shape event(std::span<const shape> in) { return internals::kl_event(in); }

  /// Calls f(i, row i of L, m_i − μ_i, s_i, offset of μ_i, offset of s_i) for the variables.
  template <class T, class F>
  static void for_each_variable(const kernel_call<T>& call, const auto& at, F&& f) {
    const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
    const T *m = call.inputs[0].value + at[0], *l = call.inputs[1].value + at[1];
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t mu = at[2] + i % call.inputs[2].size, s = at[3] + i % call.inputs[3].size;
      f(i, l + i * n, m[i % call.inputs[0].size] - call.inputs[2].value[mu],
        call.inputs[3].value[s], mu, s);
    }
  }
  template <class T>
  void forward(const kernel_call<T>& call) const {
    for_each_row(call, [&](std::size_t row, const auto& at) {
      T total = 0;
      for_each_variable(call, at,
                        [&](std::size_t i, const T* l, T d, T s, std::size_t, std::size_t) {
                          const T square = family::square_of(i + 1, l) + d * d;
                          total += math::log(s / l[i]) + T(0.5) * (square / (s * s) - 1);
                        });
      call.output.value[row] = total;
    });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const auto n = static_cast<std::size_t>(call.inputs[1].event[0]);
    for_each_row(call, [&](std::size_t row, const auto& at) {
      const T seed = call.output.adjoint[row];
      T *dm = internals::adjoint_at(call, 0, at[0]), *dl = internals::adjoint_at(call, 1, at[1]),
        *dmu = internals::adjoint_at(call, 2, 0), *ds = internals::adjoint_at(call, 3, 0);
      for_each_variable(
          call, at, [&](std::size_t i, const T* l, T d, T s, std::size_t mu, std::size_t to_s) {
            const T precise = seed / (s * s);
            if (dm != nullptr) dm[i % call.inputs[0].size] += precise * d;
            if (dmu != nullptr) dmu[mu] -= precise * d;
            if (ds != nullptr)
              ds[to_s] += seed / s - precise * (family::square_of(i + 1, l) + d * d) / s;
            if (dl != nullptr) {
              family::add_scaled<T>(i + 1, precise, l, dl + i * n);
              dl[i * n + i] -= seed / l[i];
            }
          });
    });
  }
};

/// A normal vector with dependent components: `normal(mean = m, scale_tril = l)`.
template <class A, class B>
requires internals::has_argument<internals::mean_tag, A, B> &&
    internals::has_argument<internals::scale_tril_tag, A, B>
constexpr auto normal(const A& a, const B& b) {
  return make_distribution<families::multivariate_normal>(
      internals::argument<internals::mean_tag>(a, b),
      internals::argument<internals::scale_tril_tag>(a, b));
}

}  // namespace variad
