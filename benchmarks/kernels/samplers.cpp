// Random numbers: the Mersenne twister under the distributions of the standard library and of
// Boost.Random, its 64-bit form under those of double.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <type_traits>

#include "buffers.hpp"
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/discrete_distribution.hpp>
#include <boost/random/extreme_value_distribution.hpp>
#include <boost/random/laplace_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_01.hpp>

#include <variad/dsl/families/categorical.hpp>
#include <variad/runtime/random/random.hpp>

namespace kernels {
namespace {

constexpr variad::stream_key key{1, 2};

template <class T>
using std_engine = std::conditional_t<std::is_same_v<T, float>, std::mt19937, std::mt19937_64>;
template <class T>
using boost_engine =
    std::conditional_t<std::is_same_v<T, float>, boost::random::mt19937, boost::random::mt19937_64>;

/// `f(out, draw)` fills a row.
template <class T, class F>
void add_fill(const std::string& name, F f) {
  add<T>(name, "variad", [=] {
    return [out = zeros<T>(), f, draw = std::uint32_t(0)]() mutable {
      f(out.data(), draw++);
      return out.data();
    };
  });
}
/// `draw(engine)` gives one number.
template <class T, class Engine, class Draw>
void add_draws(const std::string& name, const std::string& library, Engine engine, Draw draw) {
  add<T>(name, library, [=] {
    return [out = zeros<T>(), engine, draw]() mutable {
      for (T& x : out) x = draw(engine);
      return out.data();
    };
  });
}
/// `draw(engine, logit)` gives one number.
template <class T, class Engine, class Draw>
void add_draws_by_logit(const std::string& name, const std::string& library, Engine engine,
                        Draw draw) {
  add<T>(name, library, [=] {
    return [logits = numbers<T>(real), out = zeros<T>(), engine, draw]() mutable {
      for (std::size_t i = 0; i < elements; ++i) out[i] = draw(engine, logits[i]);
      return out.data();
    };
  });
}

template <class T>
void add_bernoulli() {
  add_fill<T>("bernoulli", [logits = numbers<T>(real)](T* out, std::uint32_t draw) {
    variad::fill_bernoulli(key, logits.data(), out, elements, draw);
  });
  const auto draw = []<class Distribution>(auto& engine, T logit, Distribution) {
    return T(Distribution(1 / (1 + std::exp(-logit)))(engine));
  };
  add_draws_by_logit<T>("bernoulli", "std", std_engine<T>(), [=](auto& engine, T logit) {
    return draw(engine, logit, std::bernoulli_distribution());
  });
  add_draws_by_logit<T>("bernoulli", "boost", boost_engine<T>(), [=](auto& engine, T logit) {
    return draw(engine, logit, boost::random::bernoulli_distribution<T>());
  });
}

/// Each variable has logits of its own, and its values are one-hot; per variable.
template <class T, class Engine, class Distribution>
void add_categorical(const std::string& library) {
  add<T>(
      "categorical of " + std::to_string(short_row), library,
      [=] {
        return [logits = numbers<T>(real), out = zeros<T>(), engine = Engine()]() mutable {
          std::array<T, short_row> weights;
          for (std::size_t i = 0; i < elements; i += short_row) {
            const T* row = logits.data() + i;
            const T top = *std::max_element(row, row + short_row);
            for (std::size_t j = 0; j < short_row; ++j) weights[j] = std::exp(row[j] - top);
            Distribution category(weights.begin(), weights.end());
            std::fill_n(out.data() + i, short_row, T(0));
            out[i + category(engine)] = 1;
          }
          return out.data();
        };
      },
      elements / short_row);
}
template <class T>
void add_categorical() {
  add<T>(
      "categorical of " + std::to_string(short_row), "variad",
      [] {
        return [logits = numbers<T>(real), out = zeros<T>(), draw = std::uint32_t(0)]() mutable {
          variad::families::categorical<int(short_row)>::sample<T>(
              variad::internals::derive(key, draw++, 0), {logits.data()}, out.data(),
              elements / short_row);
          return out.data();
        };
      },
      elements / short_row);
  add_categorical<T, std_engine<T>, std::discrete_distribution<std::size_t>>("std");
  add_categorical<T, boost_engine<T>, boost::random::discrete_distribution<std::size_t, T>>(
      "boost");
}

}  // namespace

template <class T>
void add_samplers() {
  const std_engine<T> std_twister;
  const boost_engine<T> boost_twister;
  std::uniform_real_distribution<T> uniform;

  add_fill<T>("uniform",
              [](T* out, std::uint32_t draw) { variad::fill_uniform(key, out, elements, draw); });
  add_draws<T>("uniform", "std", std_twister, uniform);
  add_draws<T>("uniform", "boost", boost_twister, boost::random::uniform_01<T>());

  add_fill<T>("normal",
              [](T* out, std::uint32_t draw) { variad::fill_normal(key, out, elements, draw); });
  add_draws<T>("normal", "std", std_twister, std::normal_distribution<T>());
  add_draws<T>("normal", "boost", boost_twister, boost::random::normal_distribution<T>());

  add_fill<T>("gumbel",
              [](T* out, std::uint32_t draw) { variad::fill_gumbel(key, out, elements, draw); });
  add_draws<T>("gumbel", "std", std_twister, std::extreme_value_distribution<T>());
  add_draws<T>("gumbel", "boost", boost_twister, boost::random::extreme_value_distribution<T>());

  add_fill<T>("laplace",
              [](T* out, std::uint32_t draw) { variad::fill_laplace(key, out, elements, draw); });
  add_draws<T>("laplace", "std", std_twister,
               [magnitude = std::exponential_distribution<T>()](auto& engine) mutable {
                 const T x = magnitude(engine);
                 return engine() & 1 ? x : -x;
               });
  add_draws<T>("laplace", "boost", boost_twister, boost::random::laplace_distribution<T>());

  add_fill<T>("logistic",
              [](T* out, std::uint32_t draw) { variad::fill_logistic(key, out, elements, draw); });
  add_draws<T>("logistic", "std", std_twister, [uniform](auto& engine) mutable {
    const T u = uniform(engine);
    return std::log(u / (1 - u));
  });

  add_bernoulli<T>();
  add_categorical<T>();
}
template void add_samplers<float>();
template void add_samplers<double>();

void add_words() {
  using word = std::uint32_t;
  add_fill<word>("words", [](word* out, std::uint32_t draw) {
    variad::internals::for_each_bits<float>(
        key, draw, elements, [&](const auto& a, const auto& b, std::size_t i, std::size_t j) {
          if (i + variad::internals::lanes<word> <= elements) variad::internals::store(out + i, a);
          if (j + variad::internals::lanes<word> <= elements) variad::internals::store(out + j, b);
        });
  });
  const auto next = [](auto& engine) { return static_cast<word>(engine()); };
  add_draws<word>("words", "std", std::mt19937(), next);
  add_draws<word>("words", "boost", boost::random::mt19937(), next);

  add_draws<word>("words, one by one", "variad", variad::internals::engine_of(key), next);
  add_draws<word>("words, one by one", "std", std::mt19937(), next);
  add_draws<word>("words, one by one", "boost", boost::random::mt19937(), next);
}

}  // namespace kernels
