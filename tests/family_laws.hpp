#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "kernel_check.hpp"
#include <catch2/catch.hpp>

#include <variad/dsl/contracts/family.hpp>

/// The laws of the family concept, for any family.
namespace family_laws {

using variad::adjoint_rows;
using variad::parameter_rows;
using variad::shape;

/// The range that each parameter of a family is drawn from.
using ranges = std::vector<std::pair<double, double>>;

template <class T>
Approx near(double x, double float_tolerance = 1e-4, double double_tolerance = 1e-12) {
  const double tolerance = std::is_same_v<T, float> ? float_tolerance : double_tolerance;
  return Approx(x).epsilon(tolerance).margin(tolerance);
}

/// What an op with one number a row gives for one row of operands; the op works through `domain`.
template <class Op, class T>
double number_of(const Op& op, const std::vector<std::vector<T>>& operands,
                 const std::vector<shape>& events, const shape& domain) {
  variad::kernel_call<T> call;
  call.extent.fill(1);
  call.rows = 1;
  call.domain = domain;
  call.arity = operands.size();
  for (std::size_t i = 0; i < operands.size(); ++i) {
    call.inputs[i].value = const_cast<T*>(operands[i].data());  // forward only reads
    call.inputs[i].event = events[i];
    call.inputs[i].size = operands[i].size();
  }
  T out = 0;
  call.output.value = &out;
  kernel_check::forward(op, call);
  return static_cast<double>(out);
}

/// The log-density of n declared variables, all events whole.
template <class Family, class T>
double log_prob_of(const std::vector<T>& value, const std::vector<std::vector<T>>& parameters,
                   const shape& declared) {
  std::vector<std::vector<T>> operands{value};
  std::vector<shape> events{Family::value_shape(declared)};
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    operands.push_back(parameters[i]);
    events.push_back(Family::parameter_shape(i, declared));
  }
  return number_of(typename Family::log_prob{}, operands, events, Family::value_shape(declared));
}

template <class T>
parameter_rows<T> rows_of(const std::vector<std::vector<T>>& parameters) {
  parameter_rows<T> p{};
  for (std::size_t i = 0; i < parameters.size(); ++i) p[i] = parameters[i].data();
  return p;
}

/// Parameters of a family as whole events.
template <class Family, class T>
std::vector<std::vector<T>> draw_parameters(const ranges& of, const shape& declared,
                                            unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<std::vector<T>> p(Family::parameter_count);
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i].resize(static_cast<std::size_t>(Family::parameter_shape(i, declared).size()));
    std::uniform_real_distribution<double> draw(of[i].first, of[i].second);
    for (T& x : p[i]) x = static_cast<T>(draw(engine));
  }
  return p;
}

/// `score` adds seed · ∂ log_prob / ∂ parameters, by central differences in double; it leaves alone
/// what is not wanted.
template <class Family>
void check_score(const ranges& of, const shape& declared, unsigned seed) {
  auto p = draw_parameters<Family, double>(of, declared, seed);
  const auto n = static_cast<std::size_t>(declared.size());
  std::vector<double> value(static_cast<std::size_t>(Family::value_shape(declared).size()));
  Family::sample(variad::stream_key{seed, 7}, rows_of(p), value.data(), n);
  const double scale = 1.7;
  std::vector<std::vector<double>> d;
  adjoint_rows<double> to{};
  for (const auto& x : p) d.emplace_back(x.size(), 1.0);
  for (std::size_t i = 0; i < p.size(); ++i) to[i] = d[i].data();
  Family::score(value.data(), rows_of(p), scale, to, n);
  for (std::size_t i = 0; i < p.size(); ++i)
    for (std::size_t j = 0; j < p[i].size(); ++j) {
      const double x = p[i][j];
      p[i][j] = x + 1e-5;
      const double up = log_prob_of<Family>(value, p, declared);
      p[i][j] = x - 1e-5;
      const double down = log_prob_of<Family>(value, p, declared);
      p[i][j] = x;
      CAPTURE(Family::name, i, j);
      REQUIRE(d[i][j] - 1 == Approx(scale * (up - down) / 2e-5).epsilon(1e-6).margin(1e-7));
    }
  for (std::size_t only = 0; only < p.size(); ++only) {
    adjoint_rows<double> one{};
    std::vector<double> again(p[only].size(), 1.0);
    one[only] = again.data();
    Family::score(value.data(), rows_of(p), scale, one, n);
    REQUIRE(again == d[only]);
  }
}

/// `transform_pull_back` adds the adjoints of the parameters, by central differences.
template <variad::reparameterizable_family Family>
void check_transform(const ranges& of, const shape& declared, unsigned seed) {
  auto p = draw_parameters<Family, double>(of, declared, seed);
  const auto n = static_cast<std::size_t>(declared.size());
  std::vector<double> noise(Family::noise_size(n)), out(n), adjoint(n);
  Family::fill_noise(variad::stream_key{seed, 3}, noise.data(), noise.size());
  for (std::size_t j = 0; j < n; ++j) adjoint[j] = std::sin(1.0 + static_cast<double>(j));
  const auto objective = [&] {
    Family::transform(noise.data(), rows_of(p), out.data(), n);
    double total = 0;
    for (std::size_t j = 0; j < n; ++j) total += adjoint[j] * out[j];
    return total;
  };
  objective();
  std::vector<std::vector<double>> d;
  adjoint_rows<double> to{};
  for (const auto& x : p) d.emplace_back(x.size(), 1.0);
  for (std::size_t i = 0; i < p.size(); ++i) to[i] = d[i].data();
  Family::transform_pull_back(noise.data(), rows_of(p), out.data(), adjoint.data(), to, n);
  for (std::size_t i = 0; i < p.size(); ++i)
    for (std::size_t j = 0; j < p[i].size(); ++j) {
      const double x = p[i][j];
      p[i][j] = x + 1e-5;
      const double up = objective();
      p[i][j] = x - 1e-5;
      const double down = objective();
      p[i][j] = x;
      CAPTURE(Family::name, i, j);
      REQUIRE(d[i][j] - 1 == Approx((up - down) / 2e-5).epsilon(1e-7).margin(1e-8));
    }
}

/// A draw is the transform of its noise, in one stream.
template <variad::reparameterizable_family Family, class T>
void check_draw_is_transformed_noise(const ranges& of, const shape& declared) {
  const auto p = draw_parameters<Family, T>(of, declared, 21);
  const auto n = static_cast<std::size_t>(declared.size());
  std::vector<T> noise(Family::noise_size(n)), moved(n), drawn(n);
  Family::fill_noise(variad::stream_key{5, 6}, noise.data(), noise.size());
  Family::transform(noise.data(), rows_of(p), moved.data(), n);
  Family::sample(variad::stream_key{5, 6}, rows_of(p), drawn.data(), n);
  REQUIRE(drawn == moved);
}

}  // namespace family_laws
