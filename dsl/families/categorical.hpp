#pragma once

#include <algorithm>

#include <variad/dsl/contracts/kernel_call.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/categories.hpp>
#include <variad/dsl/ops/softmax.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace families {

using namespace internals;

/// Independent categorical variables of K categories by their logits or probabilities [..., K];
/// values are one-hot rows of the same shape.
///
/// Probabilities are divided by their sum, derivatives are of what results, and a negative one
/// makes all of its variable NaN. An impossible category has the log-probability −∞ and adds 0 to
/// sums. Derivatives are finite there: that of an impossible value's log-probability, and by
/// probabilities those of entropy and divergence, are what they are at the smallest normal number.
template <int K, categories_by By = categories_by::logits>
struct categorical {
  static_assert(K >= 2, "a categorical variable has at least 2 categories");
  static constexpr std::string_view name = "categorical";
  static constexpr family_traits traits{.values = support::category, .discrete = true};
  static constexpr std::size_t parameter_count = 1;
  static constexpr bool by_probs = By == categories_by::probs;
  static constexpr std::array<parameter_rule, 1> parameter_rules{
      {by_probs ? parameter_rule{"probs", parameter_constraint::weight}
                : parameter_rule{"logits"}}};
  static constexpr std::size_t k = K;
  static constexpr shape value_shape(const shape& declared) { return declared.with(K); }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) {
    return declared.with(K);
  }

  template <class T>
  using normaliser = categories<k, By, T>;

  /// Calls f(first group, normaliser) for the n groups of a row, some at a time.
  template <class T, class F>
  static void for_each_tile(const categorical_groups<k, const T>& l, std::size_t n, F&& f) {
    normaliser<T> tile;
    for (std::size_t first = 0; first < n; first += tile.groups) {
      tile.normalise(l, first, std::min(n - first, tile.groups));
      f(first, tile);
    }
  }
  /// to += seed · (x − y)
  template <class T>
  static void add_difference(std::size_t n, T seed, const T* x, const T* y, T* to) {
    for_each_vector<T>(n, [&]<class V>(std::size_t j) {
      store(to + j, V(load_as<V>(to + j) + V(seed) * (load_as<V>(x + j) - load_as<V>(y + j))));
    });
  }

  /// What the ops of the family share: one scalar per row from groups of logits.
  template <std::size_t N>
  struct grouped {
    static constexpr shape event(std::span<const shape> in) {
      for (const shape& s : in)
        if (!s.valid) return shape::invalid();
      return shape_of();
    }
  };

  /// Adds up f(i, count) for the groups of a tile, which begin at group g: all of them at once, or
  /// one by one those that the mask has 1 for, where there is one.
  template <class T, class F>
  static T sum_of_groups(const auto& tile, const T* mask, std::size_t g, F&& f) {
    if (mask == nullptr) return f(std::size_t{0}, tile.values);
    T total = 0;
    for (std::size_t i = 0; i < tile.count; ++i)
      if (mask[g + i] > T(0)) total += f(i * k, k);
    return total;
  }
  /// The mask of the row at `at`, the last input of a masked op; null where there is none.
  template <bool Masked, class T>
  static const T* mask_of(const kernel_call<T>& call, const auto& at) {
    if constexpr (Masked)
      return call.inputs[call.arity - 1].value + at[call.arity - 1];
    else
      return nullptr;
  }
  template <class T>
  static bool counts(const T* mask, std::size_t group) {
    return mask == nullptr || mask[group] > T(0);
  }

  /// Σ z·(l − logsumexp l), of (z, l) and a mask by variable
  template <bool Masked>
  struct log_prob_of : grouped<2> {
    static constexpr std::string_view name = "categorical.log_prob";
    static constexpr op_traits traits{};
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const tensor<T>&z = call.inputs[0], &l = call.inputs[1];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T* const mask = mask_of<Masked>(call, at);
        T total = 0;
        for_each_tile<T>({l.value + at[1], l.size}, z.size / k, [&](std::size_t g, const auto& q) {
          total += sum_of_groups<T>(q, mask, g, [&](std::size_t j, std::size_t n) {
            return sum_of_products<T>(n, z.value + at[0] + g * k + j, q.log_p + j);
          });
        });
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>&z = call.inputs[0], &l = call.inputs[1];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T* const mask = mask_of<Masked>(call, at);
        const T seed = call.output.adjoint[row];
        for_each_tile<T>({l.value + at[1], l.size}, z.size / k, [&](std::size_t g, const auto& q) {
          const T* x = z.value + at[0] + g * k;
          if (l.adjoint != nullptr) {
            const categorical_groups<k, T> to{l.adjoint + at[1], l.size};
            for (std::size_t i = 0; i < q.count; ++i, x += k) {
              if (!counts(mask, g + i)) continue;
              const batch<T> mass(transform_reduce<T>(
                  k, [](const batch<T>& value) { return value; }, x));
              to.add(g + i, [&](std::size_t j, std::size_t some) {
                return batch<T>(seed) * q.from_log(i, j, some, load_partial(x + j, some), mass);
              });
            }
          }
          if (z.adjoint != nullptr) {
            T* out = z.adjoint + at[0] + g * k;
            for (std::size_t i = 0; i < q.count; ++i)
              for_each_part<T>(counts(mask, g + i) ? k : 0, [&](std::size_t j, std::size_t some) {
                T* const dz = out + i * k + j;
                const batch<T> slope = q.finite_log(i, j, some);
                store_partial(dz, batch<T>(load_partial(dz, some) + batch<T>(seed) * slope), some);
              });
          }
        });
      });
    }
  };

  struct log_prob : log_prob_of<false> {
    using masked = log_prob_of<true>;
  };

  /// −Σ π·log π, of l and a mask by variable
  template <bool Masked>
  struct entropy_of : grouped<1> {
    static constexpr std::string_view name = "categorical.entropy";
    static constexpr op_traits traits{};
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T* const mask = mask_of<Masked>(call, at);
        T total = 0;
        for_each_tile<T>({l.value + at[0], l.size}, domain_groups(call),
                         [&](std::size_t g, const auto& q) {
                           total -= sum_of_groups<T>(q, mask, g, [&](std::size_t j, std::size_t n) {
                             return sum_of_products<T>(n, q.p + j, q.log_p + j);
                           });
                         });
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      if (l.adjoint == nullptr) return;
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const categorical_groups<k, T> to{l.adjoint + at[0], l.size};
        const T* const mask = mask_of<Masked>(call, at);
        const T seed = call.output.adjoint[row];
        for_each_tile<T>(
            {l.value + at[0], l.size}, domain_groups(call), [&](std::size_t g, const auto& q) {
              for (std::size_t i = 0; i < q.count; ++i) {
                if (!counts(mask, g + i)) continue;
                const batch<T> h(q.mean_log(i));
                to.add(g + i, [&](std::size_t j, std::size_t some) {
                  return batch<T>(seed) * q.to_parameter(i, j, some, h - q.finite_log(i, j, some));
                });
              }
            });
      });
    }
  };

  struct entropy : entropy_of<false> {
    using masked = entropy_of<true>;
  };

  /// Groups of the full event, which the parameters may be repeated to fill.
  template <class T>
  static std::size_t domain_groups(const kernel_call<T>& call) {
    return static_cast<std::size_t>(call.domain.size()) / k;
  }

  /// One uniform per variable, by the inverse of the cumulative probabilities.
  template <class T>
  static void sample(stream_key random, const parameter_rows<T>& p, T* out, std::size_t n) {
    T u[64];
    normaliser<T> tile;
    for (std::size_t begin = 0; begin < n; begin += 64) {
      const std::size_t some = std::min<std::size_t>(64, n - begin);
      fill_uniform(derive(random, static_cast<std::uint32_t>(begin), 0), u, some);
      for (std::size_t first = 0; first < some; first += tile.groups) {
        tile.exponentials({p[0], n * k}, begin + first, std::min(some - first, tile.groups));
        for (std::size_t i = 0; i < tile.count; ++i) {
          const T* weight = tile.p + i * k;
          T left = u[first + i] * tile.total[i];
          std::size_t chosen = 0;
          while (chosen + 1 < k && left >= weight[chosen]) left -= weight[chosen++];
          // Rounding leaves something in rare cases: it belongs to the last that is possible.
          while (chosen > 0 && weight[chosen] == T(0)) --chosen;
          set_category(out, begin + first + i, chosen, k);
        }
      }
    }
  }
  /// By probabilities, one of exactly 0 gets nothing: no draw tells of that category.
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    for_each_tile<T>({p[0], n * k}, n, [&](std::size_t g, const auto& q) {
      const T *const x = value + g * k, *const w = p[0] + g * k;
      T* const out = to[0] + g * k;
      if constexpr (by_probs) {
        for (std::size_t j = 0; j < q.values; ++j)
          if (w[j] != T(0)) out[j] += seed * (x[j] / w[j] - T(1) / q.total[j / k]);
      } else {
        add_difference<T>(q.values, seed, x, q.p, out);
      }
    });
  }

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for_each_tile<T>({p[0], n * k}, n, [&](std::size_t g, const auto& q) {
      std::copy_n(q.p, q.values, out + g * k);
    });
  }

  static constexpr int categories(const shape&) { return K; }
  template <class T>
  static void logits(const parameter_rows<T>& p, T* out, std::size_t n) {
    if constexpr (by_probs)
      for_each_vector<T>(n * k, [&]<class V>(std::size_t j) {
        store(out + j, V(math::log(load_as<V>(p[0] + j))));
      });
    else
      std::copy_n(p[0], n * k, out);
  }
  /// Of l = log p, ∂l/∂p = 1/p; as of the score, nothing at 0.
  template <class T>
  static void add_logit_adjoint(const T* adjoint, const parameter_rows<T>& p,
                                const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t j = 0; j < n * k; ++j)
      if (!by_probs)
        to[0][j] += adjoint[j];
      else if (p[0][j] != T(0))
        to[0][j] += adjoint[j] / p[0][j];
  }
  template <class T>
  static void add_probability_adjoint(const T* adjoint, const parameter_rows<T>& p,
                                      const adjoint_rows<T>& to, std::size_t n) {
    for_each_tile<T>({p[0], n * k}, n, [&](std::size_t first, const auto& q) {
      for (std::size_t g = 0; g < q.count; ++g) {
        const T* const a = adjoint + (first + g) * k;
        const batch<T> mean(sum_of_products<T>(k, q.p + g * k, a));
        categorical_groups<k, T>{to[0], n * k}.add(first + g, [&](std::size_t j, std::size_t some) {
          return q.to_parameter(g, j, some, load_partial(a + j, some) - mean);
        });
      }
    });
  }
  template <class T>
  static std::size_t category(const T* value, std::size_t i, std::size_t) {
    std::size_t best = 0;
    for (std::size_t j = 1; j < k; ++j)
      if (value[i * k + j] > value[i * k + best]) best = j;
    return best;
  }
  template <class T>
  static void set_category(T* value, std::size_t i, std::size_t chosen, std::size_t) {
    for (std::size_t j = 0; j < k; ++j) value[i * k + j] = j == chosen ? T(1) : T(0);
  }
};

}  // namespace families

namespace internals {

/// KL(π_a ‖ π_b) = Σ π_a (log π_a − log π_b), of (a, b) and a mask by variable, each by logits or
/// probabilities.
template <int K, families::categories_by A, families::categories_by B, bool Masked>
struct categorical_kl : families::categorical<K, A>::template grouped<2> {
  static constexpr std::string_view name = "categorical.kl";
  static constexpr op_traits traits{};
  using family = families::categorical<K, A>;
  using prior = families::categorical<K, B>;
  static constexpr std::size_t k = K;

  /// Calls f(row, offsets, first group, a, b) for the groups of each row, some at a time.
  template <class T, class F>
  static void for_each_pair(const kernel_call<T>& call, F&& f) {
    const internals::tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    const std::size_t n = family::domain_groups(call);
    typename family::template normaliser<T> pa;
    typename prior::template normaliser<T> pb;
    // A prior of equal probabilities is the same for every row.
    const bool equal = b.size == 1;
    if (equal) pb.normalise({b.value, b.size}, 0, std::min(n, pb.groups));
    for_each_row(call, [&](std::size_t row, const auto& at) {
      for (std::size_t g = 0; g < n; g += pa.groups) {
        const std::size_t some = std::min(n - g, pa.groups);
        pa.normalise({a.value + at[0], a.size}, g, some);
        if (!equal) pb.normalise({b.value + at[1], b.size}, g, some);
        f(row, at, g, pa, pb);
      }
    });
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::fill_n(call.output.value, call.rows, T(0));
    for_each_pair(
        call, [&](std::size_t row, const auto& at, std::size_t g, const auto& pa, const auto& pb) {
          call.output.value[row] += family::template sum_of_groups<T>(
              pa, family::template mask_of<Masked>(call, at), g, [&](std::size_t j, std::size_t n) {
                return internals::transform_reduce<T>(
                    n,
                    [](const internals::batch<T>& p, const internals::batch<T>& x,
                       const internals::batch<T>& y) {
                      return math::product_or_zero(p, internals::batch<T>(x - y));
                    },
                    pa.p + j, pa.log_p + j, pb.log_p + j);
              });
        });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const internals::tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    for_each_pair(call, [&](std::size_t row, const auto& at, std::size_t g, auto& pa,
                            const auto& pb) {
      const internals::batch<T> seed(call.output.adjoint[row]);
      const T* const mask = family::template mask_of<Masked>(call, at);
      if (a.adjoint != nullptr)  // log_p becomes log π_a − log π_b, finite
        for (std::size_t j = 0; j < pa.values; ++j)
          pa.log_p[j] = math::max(pa.log_p[j], pa.least) - math::max(pb.log_p[j], pb.least);
      for (std::size_t i = 0; a.adjoint != nullptr && i < pa.count; ++i) {
        if (!family::counts(mask, g + i)) continue;
        const internals::categorical_groups<k, T> to{a.adjoint + at[0], a.size};
        const internals::batch<T> kl(pa.mean_log(i));
        to.add(g + i, [&](std::size_t j, std::size_t some) {
          return seed * pa.to_parameter(i, j, some,
                                        internals::load_partial(pa.log_p + i * k + j, some) - kl);
        });
      }
      for (std::size_t i = 0; b.adjoint != nullptr && i < pa.count; ++i) {
        if (!family::counts(mask, g + i)) continue;
        const internals::categorical_groups<k, T> to{b.adjoint + at[1], b.size};
        to.add(g + i, [&](std::size_t j, std::size_t some) {
          return -seed * pb.from_log(i, j, some, internals::load_partial(pa.p + i * k + j, some),
                                     internals::batch<T>(T(1)));
        });
      }
    });
  }
};

}  // namespace internals

template <int K, families::categories_by A, families::categories_by B>
struct kl_divergence<families::categorical<K, A>, families::categorical<K, B>>
    : internals::categorical_kl<K, A, B, false> {
  using masked = internals::categorical_kl<K, A, B, true>;
};

/// Equal probabilities: `categorical<10>(uniform)`, `bernoulli(uniform)`.
inline constexpr struct uniform_tag {
} uniform{};

/// Independent variables of K categories: `categorical<10>(logits = l)`, `(probs = p)` or
/// `(uniform)`. Probabilities that are the softmax of an expression are taken by that as logits, in
/// which nothing is lost.
template <int K, class E>
constexpr auto categorical(const internals::named_argument<internals::logits_tag, E>& l) {
  return make_distribution<families::categorical<K>>(l.value);
}
template <int K, class E>
constexpr auto categorical(const internals::named_argument<internals::probs_tag, E>& p) {
  return make_distribution<families::categorical<K, families::categories_by::probs>>(p.value);
}
template <int K, class E>
constexpr auto categorical(
    const internals::named_argument<internals::probs_tag, expression<ops::softmax, E>>& p) {
  return make_distribution<families::categorical<K>>(hana::at_c<0>(p.value.args));
}
template <int K>
constexpr auto categorical(uniform_tag) {
  return make_distribution<families::categorical<K>>(0);
}
constexpr auto bernoulli(uniform_tag) { return make_distribution<families::bernoulli>(0); }

namespace internals {

template <class... Given>
struct categorical_takes {
  static_assert(takes<Given...>,
                "categorical<K> takes one parameter by its name: categorical<K>(logits = l), "
                "categorical<K>(probs = p), or categorical<K>(uniform)");
};

template <class... Given>
struct categorical_lacks_its_number {
  static_assert(takes<Given...>,
                "categorical states its number of categories: categorical<10>(logits = l)");
};

}  // namespace internals

/// Any other arguments are an error that says which it takes.
template <int K, class... A>
constexpr auto categorical(const A&...) -> internals::refused<internals::categorical_takes, A...> {
  return {};
}

template <class First, class... A>
constexpr auto categorical(const First&, const A&...)
    -> internals::refused<internals::categorical_lacks_its_number, First> {
  return {};
}

}  // namespace variad
