#pragma once

#include <algorithm>
#include <array>
#include <numbers>

#include <variad/dsl/engine/kernel_call.hpp>
#include <variad/dsl/families/family.hpp>
#include <variad/dsl/syntax/distribution.hpp>
#include <variad/dsl/syntax/keyword.hpp>
#include <variad/runtime/linalg/cholesky.hpp>
#include <variad/runtime/random/normal.hpp>

namespace variad {
namespace families {

/// The normal distribution of n variables with mean [n] and the lower Cholesky factor L [n, n] of
/// the covariance L·Lᵀ.
struct multivariate_normal {
  static constexpr std::string_view name = "multivariate_normal";
  /// Most variables of one event.
  static constexpr std::size_t most = 256;
  template <class T>
  static constexpr T half_log_2pi = T(0.918938533204672741780329736405617640L);
  static constexpr support values = support::real;
  static constexpr bool discrete = false;
  static constexpr bool can_sample = true;
  static constexpr std::size_t parameter_count = 2;
  static constexpr shape value_shape(const shape& declared) { return shape_of(declared.size()); }
  static constexpr shape parameter_shape(std::size_t i, const shape& declared) {
    return i == 0 ? shape_of(declared.size()) : shape_of(declared.size(), declared.size());
  }

  /// Adds seed · ∂ log_prob to the wanted adjoints of x, mean and L, given the whitened residual
  /// r = L⁻¹(x − mean): ∂mean = L⁻ᵀr, ∂L = L⁻ᵀ r rᵀ − diag(1/L), lower triangle.
  template <class T>
  static void add_derivative(const T* r, const T* l, T seed, T* dx, T* dmean, T* dl, T* work,
                             std::size_t n) {
    std::copy_n(r, n, work);
    lower_transpose_solve(n, l, n, work);
    for (std::size_t i = 0; i < n; ++i) {
      if (dx != nullptr) dx[i] -= seed * work[i];
      if (dmean != nullptr) dmean[i] += seed * work[i];
      if (dl != nullptr) {
        for (std::size_t j = 0; j <= i; ++j) dl[i * n + j] += seed * work[i] * r[j];
        dl[i * n + i] -= seed / l[i * n + i];
      }
    }
  }

  /// −½‖L⁻¹(x − mean)‖² − log det L − n/2 log 2π, of (x, mean, L)
  struct log_prob {
    static constexpr std::string_view name = "multivariate_normal.log_prob";
    static constexpr shape event(std::span<const shape> in) {
      const int n = in[0].size();
      return n <= static_cast<int>(most) && in[1].size() == n && in[2].rank == 2 && in[2][0] == n &&
                     in[2][1] == n
                 ? shape_of()
                 : shape::invalid();
    }
    template <class T, class F>
    static void for_each_residual(const kernel_call<T>& call, F&& f) {
      const std::size_t n = call.inputs[0].size;
      // On the stack, since a step allocates nothing.
      std::array<T, 2 * most> work;
      for_each_row(call, [&](std::size_t row, const auto& at) {
        for (std::size_t i = 0; i < n; ++i)
          work[i] = call.inputs[0].value[at[0] + i] - call.inputs[1].value[at[1] + i];
        lower_solve(n, call.inputs[2].value + at[2], n, work.data());
        f(row, at, work.data(), work.data() + most, n);
      });
    }
    template <class T>
    void forward(const kernel_call<T>& call) const {
      for_each_residual(call, [&](std::size_t row, const auto& at, const T* r, T*, std::size_t n) {
        T square = 0;
        for (std::size_t i = 0; i < n; ++i) square += r[i] * r[i];
        call.output.value[row] = T(-0.5) * square -
                                 lower_log_determinant(n, call.inputs[2].value + at[2], n) -
                                 static_cast<T>(n) * half_log_2pi<T>;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const auto to = [&](std::size_t i, std::size_t at) {
        return call.inputs[i].adjoint == nullptr ? nullptr : call.inputs[i].adjoint + at;
      };
      for_each_residual(call,
                        [&](std::size_t row, const auto& at, const T* r, T* work, std::size_t n) {
                          add_derivative(r, call.inputs[2].value + at[2], call.output.adjoint[row],
                                         to(0, at[0]), to(1, at[1]), to(2, at[2]), work, n);
                        });
    }
  };

  /// log det L + n/2 log 2πe, of (mean, L)
  struct entropy {
    static constexpr std::string_view name = "multivariate_normal.entropy";
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
    for (std::size_t i = 0; i < n; ++i) out[i] += p[0][i];
  }
  template <class T>
  static void transform_pull_back(const T* noise, const parameter_rows<T>&, const T*,
                                  const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      if (to[0] != nullptr) to[0][i] += adjoint[i];
      if (to[1] != nullptr)
        for (std::size_t j = 0; j <= i; ++j) to[1][i * n + j] += adjoint[i] * noise[j];
    }
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
    for (std::size_t i = 0; i < n; ++i) r[i] = value[i] - p[0][i];
    lower_solve(n, p[1], n, r.data());
    add_derivative<T>(r.data(), p[1], seed, nullptr, to[0], to[1], work.data(), n);
  }
};

}  // namespace families

/// A normal vector with dependent components: `normal(mean = m, scale_tril = l)`.
template <class A, class B>
requires has_argument<keywords::mean_tag, A, B> && has_argument<keywords::scale_tril_tag, A, B>
constexpr auto normal(const A& a, const B& b) {
  return make_distribution<families::multivariate_normal>(argument<keywords::mean_tag>(a, b),
                                                          argument<keywords::scale_tril_tag>(a, b));
}

}  // namespace variad
