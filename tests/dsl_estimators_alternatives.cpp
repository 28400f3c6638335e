#include "estimator_check.hpp"

// Alternatives of a draw: by differences of weight rows within another latent that is enumerated,
// and under importance-weighted bounds whose log-weights are far apart.

namespace tests {
namespace {

using namespace variad;

constexpr auto a = latent<"a">;
constexpr auto z = latent<"z", 2>;
constexpr auto x = observed<"x", 4>;

// z is read by a dense layer and a likelihood alone: no alternative of it is formed. With `+ 0.0`
// between, all are.
constexpr auto fast =
    model(plate<"row">(a = ~categorical<2>(logits = param<2>()), z = ~categorical<3>(uniform),
                       x = ~bernoulli(logits = dense<4>(z))));
constexpr auto formed =
    model(plate<"row">(a = ~categorical<2>(logits = param<2>()), z = ~categorical<3>(uniform),
                       x = ~bernoulli(logits = dense<4>(z) + 0.0)));
template <class A>
constexpr auto guide_by(const A& first, double epsilon) {
  return guide(plate<"row">(
      a = ~categorical<2>(logits = param<2>()).by(first),
      z = ~categorical<3>(logits = take(param<2, 6>(), a)).by(direct_argmax{epsilon})));
}

/// Rows that differ, so that a row of another datum shows.
array<double> four_rows(std::size_t n) {
  const double bits[4][4] = {{1, 0, 1, 1}, {0, 0, 1, 0}, {1, 1, 0, 0}, {0, 1, 1, 1}};
  auto rows = array<double>::from_shape({n, 4});
  for (std::size_t i = 0; i < rows.size(); ++i) rows.data()[i] = bits[i / 4 % 4][i % 4];
  return rows;
}

double exact(const parameters& p) {
  const auto rows = four_rows(4);
  const auto qa = softmax(p.at("q.a.param0.value")), pa = softmax(p.at("p.a.param0.value"));
  const auto &w = p.at("p.x.dense0.weight"), &b = p.at("p.x.dense0.bias");
  double total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    total += qa[i] * std::log(pa[i] / qa[i]);
    const auto l = row(p.at("q.z.param0.value"), i, 6);
    const auto q0 = softmax({l[0], l[1], l[2]}), q1 = softmax({l[3], l[4], l[5]});
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k) {
        double f = -2 * std::log(3.0) - std::log(q0[j] * q1[k]);
        for (std::size_t r = 0; r < 4; ++r)
          for (std::size_t d = 0; d < 4; ++d) {
            const double h = b[d] + w[j * 4 + d] + w[(3 + k) * 4 + d];
            f += 0.25 * (rows(r, d) * h - std::log1p(std::exp(h)));
          }
        total += qa[i] * q0[j] * q1[k] * f;
      }
  }
  return total;
}

TEST_CASE("differences of weight rows within an enumerated latent") {
  auto vi = infer<elbo<1>, double>(fast, guide_by(enumerate{}, 0.05));
  spread_parameters(vi);
  const auto loaded = vi.load(data(x = four_rows(1000)));
  CHECK(distance(mean_gradient(vi, loaded, 400), finite_differences(exact, parameters_of(vi))) <
        0.02);
}

// An op of a user's own, of two variables of three categories each: rows of a fixed matrix.
constexpr double mixed(std::size_t row, std::size_t column) {
  return 0.3 * static_cast<double>(row) - 0.2 * static_cast<double>(column * row % 5) - 0.4;
}
int updates = 0;  // that the engine asked for
template <bool Rows>
struct mixing {
  static constexpr std::string_view name = "mixing";
  static constexpr op_traits traits{};
  static constexpr shape event(std::span<const shape> in) {
    return in[0].size() == 6 ? shape_of(4) : shape::invalid();
  }
  template <class T>
  static constexpr std::array<T, 24> matrix = [] {
    std::array<T, 24> m{};
    for (std::size_t i = 0; i < m.size(); ++i) m[i] = static_cast<T>(mixed(i / 4, i % 4));
    return m;
  }();
  template <class T>
  void forward(const kernel_call<T>& call) const {
    for (std::size_t r = 0; r < call.rows; ++r)
      for (std::size_t d = 0; d < 4; ++d) {
        T sum = 0;
        for (std::size_t i = 0; i < 6; ++i)
          sum += call.inputs[0].value[r * 6 + i] * matrix<T>[i * 4 + d];
        call.output.value[r * 4 + d] = sum;
      }
  }
  template <class T>
  void pull_back(const kernel_call<T>&) const {}  // of a discrete value no adjoint is wanted
  template <class T>
  static void one_site_update(const one_site_call<T>& call) {
    ++updates;
    move_by_rows(call, matrix<T>.data());
  }
  template <class T>
  static const T* one_site_rows(const kernel_call<T>&) requires Rows {
    ++updates;
    return matrix<T>.data();
  }
};
template <bool Rows>
constexpr auto by_a_users_op =
    model(plate<"row">(a = ~categorical<2>(logits = param<2>()), z = ~categorical<3>(uniform),
                       x = ~bernoulli(logits = apply(mixing<Rows>{}, z))));

TEST_CASE("an op of a user's own has an update for one-site alternatives") {
  constexpr auto q = guide(
      plate<"row">(a = ~categorical<2>(logits = param<2>()).by(enumerate{}),
                   z = ~categorical<3>(logits = take(param<2, 6>(), a)).by(local_expectation{})));
  const auto exact_by_matrix = [](const parameters& p) {
    parameters all = p;
    all["p.x.dense0.bias"] = std::vector<double>(4, 0.0);
    for (std::size_t i = 0; i < 24; ++i) all["p.x.dense0.weight"].push_back(mixed(i / 4, i % 4));
    return exact(all);
  };
  const auto check = [&](auto vi) {
    spread_parameters(vi);
    updates = 0;
    const auto loaded = vi.load(data(x = four_rows(1000)));
    CHECK(distance(mean_gradient(vi, loaded, 400),
                   finite_differences(exact_by_matrix, parameters_of(vi))) < 0.02);
    CHECK(updates >= 400);
  };
  check(infer<elbo<1>, double>(by_a_users_op<false>, q));
  check(infer<elbo<1>, double>(by_a_users_op<true>, q));
}

TEST_CASE("differences of weight rows give what formed alternatives give") {
  const auto compare = [](auto one, auto other) {
    spread_parameters(one);
    spread_parameters(other);
    const auto some = data(x = four_rows(120));
    const auto first = mean_gradient(one, one.load(some), 5).mean;
    const auto second = mean_gradient(other, other.load(some), 5).mean;
    for (const auto& [name, values] : first)
      for (std::size_t i = 0; i < values.size(); ++i) {
        INFO(name << "[" << i << "]");
        CHECK(values[i] == Approx(second.at(name)[i]).margin(1e-12));
      }
  };
  compare(infer<elbo<2>, double>(fast, guide_by(enumerate{}, 0.5)),
          infer<elbo<2>, double>(formed, guide_by(enumerate{}, 0.5)));
  compare(infer<elbo<2>, double>(fast, guide_by(importance_sampling{0.5}, 0.5)),
          infer<elbo<2>, double>(formed, guide_by(importance_sampling{0.5}, 0.5)));
}

// 784 pixels of which each category expects others: log-weights several hundred nats apart, where a
// float holds nothing of the lighter sample's share of the mean.

constexpr auto image = observed<"image", 784>;
constexpr auto c = latent<"c">;
constexpr std::size_t kinds = 4;

constexpr auto pictures = model(plate<"row">(
    c = ~categorical<4>(uniform), image = ~bernoulli(logits = dense<784>(c, random_normal(2)))));
template <class E>
constexpr auto pictures_by(const E& e) {
  return guide(plate<"row">(c = ~categorical<4>(logits = param<4>()).by(e)));
}

array<float> pixels(std::size_t n) {
  auto rows = array<float>::from_shape({n, 784});
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows.data()[i] = static_cast<float>(i % 784 * 2654435761u >> 16 & 1u);
  return rows;
}
/// The same parameters in float and double; the log-likelihoods of the categories are about −540,
/// −250, −100 and −40.
template <class Inference>
void set_pictures(Inference& vi) {
  vi.initialise(3);
  const auto fill = [&](const char* name, auto&& f) {
    auto value = vi.parameter(name);
    using T = std::remove_cvref_t<decltype(value.data()[0])>;
    for (std::size_t i = 0; i < value.size(); ++i) value.data()[i] = static_cast<T>(f(i));
    vi.set_parameter(name, value);
  };
  const auto data = pixels(1);
  fill("q.c.param0.value", [](std::size_t i) { return i % 3 == 0 ? 0.0 : 0.4; });
  fill("p.image.dense0.weight", [&](std::size_t i) {
    const double towards = data(0, i % 784) > 0.5f ? 1 : -1;
    return static_cast<double>(i / 784) * towards + 0.2 * std::sin(0.7 * static_cast<double>(i));
  });
}

/// The bound of one datum with K samples, of the guide's logits.
template <int K>
double exact_pictures(const parameters& all, const parameters& p) {
  const auto q = softmax(p.at("q.c.param0.value"));
  const auto &w = all.at("p.image.dense0.weight"), &b = all.at("p.image.dense0.bias");
  const auto data = pixels(1);
  std::vector<double> l(kinds);
  for (std::size_t k = 0; k < kinds; ++k) {
    l[k] = -std::log(4.0) - std::log(q[k]);
    for (std::size_t d = 0; d < 784; ++d) {
      const double h = b[d] + w[k * 784 + d];
      l[k] += static_cast<double>(data(0, d)) * h - std::log1p(std::exp(h));
    }
  }
  double total = 0;
  for (std::size_t i = 0; i < kinds; ++i)
    for (std::size_t j = 0; j < kinds; ++j) {
      const double top = std::max(l[i], l[j]);
      total +=
          q[i] * q[j] *
          (K == 1 ? l[i] : top + std::log(0.5 * (std::exp(l[i] - top) + std::exp(l[j] - top))));
    }
  return total;
}
template <int K, class Inference>
parameters exact_gradient_of_guide(const Inference& vi) {
  const parameters all = parameters_of(vi);
  return finite_differences([&](const parameters& p) { return exact_pictures<K>(all, p); },
                            {{"q.c.param0.value", all.at("q.c.param0.value")}});
}
void require_finite(const estimate& e) {
  bool finite = std::isfinite(e.bound);
  for (const auto& [name, values] : e.mean)
    for (const double v : values) finite = finite && std::isfinite(v);
  REQUIRE(finite);
}

TEST_CASE("enumerate under iwae with log-weights far apart, in float") {
  auto two = infer<iwae<2>>(pictures, pictures_by(enumerate{}));
  set_pictures(two);
  const auto e = mean_gradient(two, two.load(data(image = pixels(200))), 100);
  require_finite(e);
  const parameters all = parameters_of(two);
  // Costs of some 1000 nats have a rounding error of 1e-4 in float.
  require_unbiased(e, exact_gradient_of_guide<2>(two), exact_pictures<2>(all, all), 1e-2);

  auto one = infer<iwae<1>>(pictures, pictures_by(enumerate{}));
  set_pictures(one);
  const auto f = mean_gradient(one, one.load(data(image = pixels(200))), 100);
  require_finite(f);
  require_unbiased(f, exact_gradient_of_guide<1>(one), exact_pictures<1>(all, all), 1e-2);
}

TEST_CASE("direct argmax under iwae with log-weights far apart, in float as in double") {
  const auto estimate_of = [](auto vi) {
    set_pictures(vi);
    return mean_gradient(vi, vi.load(data(image = pixels(200))), 100);
  };
  const auto guide_of = pictures_by(direct_argmax{0.01});
  const auto f = estimate_of(infer<iwae<2>>(pictures, guide_of)),
             d = estimate_of(infer<iwae<2>, double>(pictures, guide_of));
  require_finite(f);
  require_finite(d);
  // 4.8 standard errors of the difference: false alarms below 1.6e-6 per coordinate.
  for (std::size_t i = 0; i < kinds; ++i) {
    const auto of = [&](const parameters& p) { return p.at("q.c.param0.value")[i]; };
    CHECK(std::abs(of(f.mean) - of(d.mean)) <= 4.8 * std::hypot(of(f.error), of(d.error)) + 1e-3);
  }
}

}  // namespace
}  // namespace tests
