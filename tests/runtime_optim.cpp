#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "users_optimizers.hpp"
#include <catch2/catch.hpp>

#include <variad/runtime/error.hpp>
#include <variad/runtime/optim/clip.hpp>
#include <variad/runtime/optim/rules.hpp>

using namespace variad;
using namespace variad::internals;

namespace {

// Runs ten steps of the optimiser on every odd size, and compares each parameter with ten calls of
// `step(t, p, g, s)` in double, where s are the parameter's two slots.
template <class T, class Step>
void check_against(const optimizer& o, Step step) {
  const double tolerance = std::is_same_v<T, float> ? 1e-4 : 1e-10;
  for (const std::size_t n : {1u, 3u, 17u, 33u, 101u}) {
    std::mt19937 engine(3);
    std::normal_distribution<T> normal;
    std::vector<T> p(n), g(n);
    for (T& x : p) x = normal(engine);
    std::vector<double> want(p.begin(), p.end()), s(2 * n);
    optimizer_state<T> state(o.slots(), n);
    for (int t = 1; t <= 10; ++t) {
      for (T& x : g) x = normal(engine);
      o.ascend(state, std::span<T>(p), g);
      for (std::size_t i = 0; i < n; ++i) step(t, want[i], static_cast<double>(g[i]), &s[2 * i]);
    }
    CHECK(state.step == 10);
    for (std::size_t i = 0; i < n; ++i) {
      REQUIRE(static_cast<double>(p[i]) == Approx(want[i]).epsilon(tolerance).margin(tolerance));
    }
  }
}

void adam_step(int t, double& p, double g, double* s, double rate, double decay) {
  s[0] = 0.8 * s[0] + 0.2 * g;
  s[1] = 0.95 * s[1] + 0.05 * g * g;
  const double m = s[0] / (1 - std::pow(0.8, t)), v = s[1] / (1 - std::pow(0.95, t));
  p += rate * (m / (std::sqrt(v) + 1e-3) - decay * p);
}

}  // namespace

TEMPLATE_TEST_CASE("adam ascends as its definition says", "[optim]", float, double) {
  check_against<TestType>(adam{0.01, 0.8, 0.95, 1e-3}, [](int t, double& p, double g, double* s) {
    adam_step(t, p, g, s, 0.01, 0.0);
  });
}

TEMPLATE_TEST_CASE("adam steps by its rate whatever the scale of the gradient", "[optim]", float,
                   double) {
  using T = TestType;
  // From where the square is out of range to the largest number, and both signs.
  const T border = std::sqrt(std::numeric_limits<T>::max());
  const std::vector<T> scales{border / 10, border, border * 10, border * 1000,
                              std::numeric_limits<T>::max()};
  for (const bool changing : {false, true}) {
    std::vector<T> p(40), g(p.size());
    const optimizer how = adam{0.01};
    optimizer_state<T> state(how.slots(), p.size());
    for (int t = 1; t <= 20; ++t) {
      for (std::size_t i = 0; i < g.size(); ++i) {
        g[i] = scales[i % scales.size()] * (i % 2 == 0 ? T(1) : T(-1));
        if (changing && t % 3 == 0) g[i] /= 2;
      }
      how.ascend(state, std::span<T>(p), g);
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      CAPTURE(i, changing);
      // A gradient that stays has steps of the rate; one that is halved now and then nearly so.
      CHECK(p[i] * (i % 2 == 0 ? T(1) : T(-1)) == Approx(0.2).epsilon(changing ? 0.1 : 1e-3));
    }
    for (std::size_t slot = 0; slot < 2; ++slot)
      for (const T s : state.slot(slot)) CHECK(std::isfinite(s));
  }
  // What is not finite is not hidden.
  for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
    std::vector<T> p(19), g(p.size(), bad);
    const optimizer how = adam{0.01};
    optimizer_state<T> state(how.slots(), p.size());
    how.ascend(state, std::span<T>(p), g);
    for (const T x : p) CHECK(std::isnan(x));
  }
}

TEMPLATE_TEST_CASE("adamw decays the parameters apart from the gradient", "[optim]", float,
                   double) {
  check_against<TestType>(
      adamw{0.01, 0.8, 0.95, 1e-3, 0.1},
      [](int t, double& p, double g, double* s) { adam_step(t, p, g, s, 0.01, 0.1); });
}

TEMPLATE_TEST_CASE("sgd: plain, with momentum, and Nesterov's", "[optim]", float, double) {
  check_against<TestType>(sgd{0.1}, [](int, double& p, double g, double*) { p += 0.1 * g; });
  check_against<TestType>(sgd{0.1, 0.9}, [](int, double& p, double g, double* s) {
    s[0] = 0.9 * s[0] + g;
    p += 0.1 * s[0];
  });
  check_against<TestType>(sgd{0.1, 0.9, true}, [](int, double& p, double g, double* s) {
    s[0] = 0.9 * s[0] + g;
    p += 0.1 * (g + 0.9 * s[0]);
  });
}

TEST_CASE("the learning rate follows its schedule from step 0", "[optim]") {
  check_against<double>(
      sgd{.rate = schedules::stepwise({{0, 0.5}, {4, 0.25}})},
      [](int t, double& p, double g, double*) { p += (t <= 4 ? 0.5 : 0.25) * g; });
}

TEST_CASE("an optimizer is any of the list, by name", "[optim]") {
  CHECK(optimizer(adam{1e-3}).name() == "adam");
  CHECK(optimizer(adamw{1e-3}).name() == "adamw");
  CHECK(optimizer(sgd{}).name() == "sgd");
  CHECK(optimizer(adam{}).slots() == 2);
  CHECK(optimizer(sgd{}).slots() == 1);
}

TEST_CASE("a step refuses lengths and states that do not fit", "[optim]") {
  std::vector<float> p(4), g(4), shorter(3);
  optimizer_state<float> state(2, 4);
  CHECK_THROWS_WITH(optimizer(adam{}).ascend(state, std::span<float>(p), shorter),
                    Catch::Contains("gradient of 3") && Catch::Contains("expected 4"));
  CHECK_THROWS_AS(optimizer(sgd{}).ascend(state, std::span<float>(p), g), error);
  CHECK(state.step == 0);
}

TEST_CASE("a step refuses knobs that make no sense", "[optim]") {
  std::vector<float> p(4), g(4);
  const auto refused = [&](const optimizer& how, const std::string& knob) {
    optimizer_state<float> state(how.slots(), 4);
    state.step = 7;
    CHECK_THROWS_WITH(how.ascend(state, std::span<float>(p), g),
                      Catch::Contains(std::string(how.name())) && Catch::Contains(knob));
    CHECK(state.step == 7);
  };
  refused(adam{-1}, ".rate = -1");
  refused(adam{std::numeric_limits<double>::quiet_NaN()}, ".rate = nan");
  refused(adam{schedules::linear(1, -0.75, 7)}, "at step 7");
  refused(adam{.beta1 = -0.1}, ".beta1 = -0.1");
  refused(adamw{.beta2 = 1.5}, ".beta2 = 1.5");
  refused(sgd{.momentum = 2}, ".momentum = 2");
}

// The laws of update rules, over those that are built in and those that a user may write.

TEMPLATE_TEST_CASE("an update rule ascends", "[optim]", adam, adamw, sgd, users::lion,
                   users::rms_prop, users::plain) {
  const auto ascend = [](auto number) {
    using T = decltype(number);
    const optimizer how = TestType{.rate = schedules::linear(0.02, 1e-5, 2000)};
    // The optimum of -sum a (p - c)^2 / 2 from 0, with a from 0.5 to 2 and c from -1 to 1.
    std::vector<T> p(41), g(p.size());
    optimizer_state<T> state(how.slots(), p.size());
    const auto a = [](std::size_t i) { return T(0.5) * static_cast<T>(i % 4 + 1); };
    const auto c = [](std::size_t i) { return static_cast<T>(i) / T(20) - T(1); };
    for (int step = 0; step < 2000; ++step) {
      for (std::size_t i = 0; i < p.size(); ++i) g[i] = a(i) * (c(i) - p[i]);
      how.ascend(state, std::span<T>(p), g);
    }
    for (std::size_t i = 0; i < p.size(); ++i) {
      CAPTURE(TestType::name, i, p[i], c(i));
      CHECK(std::abs(p[i] - c(i)) < T(0.02));
    }
  };
  ascend(float());
  ascend(double());
}

TEMPLATE_TEST_CASE("an update rule gives the same bits with any number of threads", "[optim]", adam,
                   adamw, sgd, users::lion, users::rms_prop, users::plain) {
  const auto results = [](auto number, thread_pool* pool) {
    using T = decltype(number);
    const optimizer how = TestType{};
    std::mt19937 engine(5);
    std::normal_distribution<T> normal;
    std::vector<T> p(1037), g(p.size());
    for (T& x : p) x = normal(engine);
    optimizer_state<T> state(how.slots(), p.size());
    for (int step = 0; step < 5; ++step) {
      for (T& x : g) x = normal(engine);
      how.ascend(state, std::span<T>(p), g, pool);
    }
    for (std::size_t s = 0; s < state.slots(); ++s)
      p.insert(p.end(), state.slot(s).begin(), state.slot(s).end());
    return p;
  };
  for (const unsigned threads : {1u, 2u, 3u}) {
    thread_pool pool(threads);
    CHECK((results(float(), &pool) == results(float(), nullptr)));
    CHECK((results(double(), &pool) == results(double(), nullptr)));
  }
}

TEST_CASE("an optimizer is a value: copies share no state and hold the knobs of then", "[optim]") {
  users::lion rule{.rate = 0.5};
  optimizer first = rule;
  rule.rate = 7;
  const optimizer copy = first;
  first = sgd{};
  std::vector<double> p(1), g{2};
  optimizer_state<double> state(copy.slots(), 1);
  copy.ascend(state, std::span<double>(p), g);
  CHECK(p[0] == 0.5);
  CHECK(copy.name() == "lion");
  CHECK(first.name() == "sgd");
  CHECK_THROWS_WITH(optimizer(users::lion{.beta1 = 2}).check(0), Catch::Contains("lion"));
  CHECK_THROWS_WITH(optimizer(users::lion{.rate = -1}).check(0),
                    Catch::Contains("lion") && Catch::Contains(".rate = -1"));
}

/// Values as two blocks.
template <class T>
auto whole(std::vector<T>& values) {
  return [&](auto&& f) {
    const std::size_t half = values.size() / 2;
    f(std::span<T>(values).first(half));
    f(std::span<T>(values).subspan(half));
  };
}

TEMPLATE_TEST_CASE("clip_by_norm", "[optim]", float, double) {
  using T = TestType;
  for (const std::size_t n : {1u, 5u, 37u, 9001u}) {
    std::vector<T> g(n, T(-2));
    const double norm_before = 2 * std::sqrt(static_cast<double>(n));
    CHECK(clip_by_norm<T>(whole(g), 2 * norm_before) == Approx(norm_before));
    CHECK(g.back() == T(-2));
    CHECK(clip_by_norm<T>(whole(g), norm_before / 4) == Approx(norm_before));
    CHECK(std::all_of(g.begin(), g.end(), [](T x) { return x == Approx(-0.5); }));
  }
  // Squares out of range of T, and a factor that is, too.
  const T largest = std::numeric_limits<T>::max() / 16;
  std::vector<T> huge(36, largest);
  huge[0] = -largest;
  CHECK(clip_by_norm<T>(whole(huge), 0.5) == Approx(6.0 * static_cast<double>(largest)));
  CHECK(static_cast<double>(huge[0]) == Approx(-0.5 / 6).epsilon(1e-5));
  CHECK(static_cast<double>(huge[35]) == Approx(0.5 / 6).epsilon(1e-5));

  std::vector<T> broken(19, T(1));
  broken[18] = std::numeric_limits<T>::quiet_NaN();
  CHECK(std::isnan(clip_by_norm<T>(whole(broken), 1e-3)));
  CHECK(broken[0] == T(1));
}
