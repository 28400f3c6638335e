#pragma once

#include <algorithm>
#include <limits>

#include <variad/dsl/engine/kernel_call.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/runtime/random/uniform.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad {
namespace families {

namespace detail {
/// The groups of K logits of one row, where the event may be repeated to fill the full one.
template <std::size_t K, class T>
struct groups {
  T* row;
  std::size_t size;
  T* operator[](std::size_t g) const { return row + (size == 1 ? 0 : g * K % size); }
  /// The step from one category to the next: 0 where one number serves all.
  std::size_t step() const { return size == 1 ? 0 : 1; }
  /// Adds f(j, n), a register of the values j … j + n − 1, for all K values of group g.
  template <class F>
  void add(std::size_t g, F&& f) const {
    T* const out = (*this)[g];
    for_each_part<T>(K, [&](std::size_t j, std::size_t n) {
      const batch<T> value = f(j, n);
      if (size == 1)
        *out += reduce_add(first_lanes<T>(value, n));
      else
        store_partial(out + j, batch<T>(load_partial(out + j, n) + value), n);
    });
  }
};
}  // namespace detail

/// Independent categorical variables of K categories by their logits [..., K]; values are one-hot
/// rows of the same shape.
template <int K>
struct categorical {
  static_assert(K >= 2, "a categorical variable has at least 2 categories");
  static constexpr std::string_view name = "categorical";
  static constexpr support values = support::category;
  static constexpr bool discrete = true;
  static constexpr bool can_sample = true;
  static constexpr std::size_t parameter_count = 1;
  static constexpr std::array<parameter_rule, 1> parameters{{{"logits"}}};
  static constexpr std::size_t k = K;
  static constexpr shape value_shape(const shape& declared) { return declared.with(K); }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) {
    return declared.with(K);
  }

  template <class T>
  static T sum_of_products(std::size_t n, const T* x, const T* y) {
    return transform_reduce<T>(
        n, [](const batch<T>& a, const batch<T>& b) { return a * b; }, x, y);
  }

  /// Whether a group fits a register, which then holds it from the logits to their exponentials.
  template <class T>
  static constexpr bool fits_register = k <= lanes<T>;

  /// The normaliser of some groups of logits. Of groups larger than a register, exponentials go
  /// through all contiguous values in whole registers; the maximum and the sum are of each group.
  template <class T>
  struct normaliser {
    static constexpr std::size_t groups = std::max<std::size_t>(1, 512 / k);  // on the stack

    T log_p[groups * k], p[groups * k], total[padded<T>(groups)];
    std::size_t count = 0, values = 0;

    /// log_p = l − max l and p = exp(log_p), with the sum of each group in `total`.
    void exponentials(const detail::groups<k, const T>& l, std::size_t first, std::size_t n) {
      count = n;
      values = n * k;
      if constexpr (fits_register<T>)
        by_registers(l, first);
      else
        by_passes(l, first);
    }
    void by_registers(const detail::groups<k, const T>& l, std::size_t first) {
      constexpr T lowest = -std::numeric_limits<T>::infinity();
      for (std::size_t g = 0; g < count; ++g) {
        const T* from = l[first + g];
        const batch<T> x = l.step() == 1 ? load_partial(from, k, lowest) : batch<T>(*from);
        const batch<T> below = x - batch<T>(reduce_max(x));
        const batch<T> e = math::exp(below);
        store_partial(log_p + g * k, below, k);
        store_partial(p + g * k, e, k);
        total[g] = reduce_add(first_lanes<T>(e, k));
      }
    }
    void by_passes(const detail::groups<k, const T>& l, std::size_t first) {
      for (std::size_t g = 0; g < count; ++g) {
        const T* from = l[first + g];
        const std::size_t step = l.step();
        T top = from[0];
        for (std::size_t j = 1; j < k; ++j) top = from[j * step] > top ? from[j * step] : top;
        for (std::size_t j = 0; j < k; ++j) log_p[g * k + j] = from[j * step] - top;
      }
      std::size_t i = 0;
      for (; i + lanes<T> <= values; i += lanes<T>) store(p + i, math::exp(load(log_p + i)));
      if (i < values)
        store_partial(p + i, math::exp(load_partial(log_p + i, values - i)), values - i);
      for (std::size_t g = 0; g < count; ++g) {
        T sum = 0;
        for (std::size_t j = 0; j < k; ++j) sum += p[g * k + j];
        total[g] = sum;
      }
    }
    /// The probabilities of n groups from `first` on, and their logarithms.
    void normalise(const detail::groups<k, const T>& l, std::size_t first, std::size_t n) {
      exponentials(l, first, n);
      T log_total[padded<T>(groups)];
      for_each_vector<T>(n, [&]<class V>(std::size_t g) {
        store(log_total + g, V(math::log(load_as<V>(total + g))));
      });
      for (std::size_t g = 0; g < n; ++g) {
        const batch<T> scale(1 / total[g]), shift(log_total[g]);
        for_each_part<T>(k, [&](std::size_t j, std::size_t some) {
          T *const pi = p + g * k + j, *const log_pi = log_p + g * k + j;
          store_partial(pi, batch<T>(load_partial(pi, some) * scale), some);
          store_partial(log_pi, batch<T>(load_partial(log_pi, some) - shift), some);
        });
      }
    }
    /// The mean of log_p in a group: Σ π·log π.
    T mean_log(std::size_t g) const { return sum_of_products<T>(k, p + g * k, log_p + g * k); }
  };

  /// Calls f(first group, normaliser) for the n groups of a row, some at a time.
  template <class T, class F>
  static void for_each_tile(const detail::groups<k, const T>& l, std::size_t n, F&& f) {
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

  /// Σ z·(l − logsumexp l), of (z, l)
  struct log_prob : grouped<2> {
    static constexpr std::string_view name = "categorical.log_prob";
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const tensor<T>&z = call.inputs[0], &l = call.inputs[1];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        T total = 0;
        for_each_tile<T>({l.value + at[1], l.size}, z.size / k, [&](std::size_t g, const auto& q) {
          total += sum_of_products<T>(q.values, z.value + at[0] + g * k, q.log_p);
        });
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>&z = call.inputs[0], &l = call.inputs[1];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const T seed = call.output.adjoint[row];
        for_each_tile<T>({l.value + at[1], l.size}, z.size / k, [&](std::size_t g, const auto& q) {
          const T* x = z.value + at[0] + g * k;
          if (l.adjoint != nullptr) {
            const detail::groups<k, T> to{l.adjoint + at[1], l.size};
            for (std::size_t i = 0; i < q.count; ++i, x += k) {
              const batch<T> mass(transform_reduce<T>(
                  k, [](const batch<T>& value) { return value; }, x));
              to.add(g + i, [&](std::size_t j, std::size_t some) {
                return batch<T>(seed) *
                       (load_partial(x + j, some) - mass * load_partial(q.p + i * k + j, some));
              });
            }
          }
          if (z.adjoint != nullptr) {
            T* out = z.adjoint + at[0] + g * k;
            for_each_vector<T>(q.values, [&]<class V>(std::size_t j) {
              store(out + j, V(load_as<V>(out + j) + V(seed) * load_as<V>(q.log_p + j)));
            });
          }
        });
      });
    }
  };

  /// −Σ π·log π, of l
  struct entropy : grouped<1> {
    static constexpr std::string_view name = "categorical.entropy";
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        T total = 0;
        for_each_tile<T>({l.value + at[0], l.size}, domain_groups(call),
                         [&](std::size_t, const auto& q) {
                           total -= sum_of_products<T>(q.values, q.p, q.log_p);
                         });
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      if (l.adjoint == nullptr) return;
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const detail::groups<k, T> to{l.adjoint + at[0], l.size};
        const T seed = call.output.adjoint[row];
        for_each_tile<T>({l.value + at[0], l.size}, domain_groups(call),
                         [&](std::size_t g, const auto& q) {
                           for (std::size_t i = 0; i < q.count; ++i) {
                             const batch<T> h(q.mean_log(i));
                             to.add(g + i, [&](std::size_t j, std::size_t some) {
                               return batch<T>(seed) * load_partial(q.p + i * k + j, some) *
                                      (h - load_partial(q.log_p + i * k + j, some));
                             });
                           }
                         });
      });
    }
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
          set_category(out, begin + first + i, chosen, k);
        }
      }
    }
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    for_each_tile<T>({p[0], n * k}, n, [&](std::size_t g, const auto& q) {
      add_difference<T>(q.values, seed, value + g * k, q.p, to[0] + g * k);
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
    std::copy_n(p[0], n * k, out);
  }
  template <class T>
  static void add_logit_adjoint(const T* adjoint, const adjoint_rows<T>& to, std::size_t n) {
    for (std::size_t i = 0; i < n * k; ++i) to[0][i] += adjoint[i];
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

/// KL(softmax a ‖ softmax b) = Σ π_a (log π_a − log π_b), of (a, b)
template <int K>
struct kl_divergence<families::categorical<K>, families::categorical<K>>
    : families::categorical<K>::template grouped<2> {
  static constexpr std::string_view name = "categorical.kl";
  using family = families::categorical<K>;
  static constexpr std::size_t k = K;

  /// Calls f(row, offsets, first group, a, b) for the groups of each row, some at a time, where
  /// a.log_p has become log π_a − log π_b.
  template <class T, class F>
  static void for_each_ratio(const kernel_call<T>& call, F&& f) {
    const tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    const std::size_t n = family::domain_groups(call);
    typename family::template normaliser<T> pa, pb;
    // A prior of equal probabilities is the same for every row.
    const bool equal = b.size == 1;
    if (equal) pb.normalise({b.value, b.size}, 0, std::min(n, pb.groups));
    for_each_row(call, [&](std::size_t row, const auto& at) {
      for (std::size_t g = 0; g < n; g += pa.groups) {
        const std::size_t some = std::min(n - g, pa.groups);
        pa.normalise({a.value + at[0], a.size}, g, some);
        if (!equal) pb.normalise({b.value + at[1], b.size}, g, some);
        for (std::size_t j = 0; j < pa.values; ++j) pa.log_p[j] -= pb.log_p[j];
        f(row, at, g, pa, pb);
      }
    });
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::fill_n(call.output.value, call.rows, T(0));
    for_each_ratio(
        call, [&](std::size_t row, const auto&, std::size_t, const auto& pa, const auto&) {
          call.output.value[row] += family::template sum_of_products<T>(pa.values, pa.p, pa.log_p);
        });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    for_each_ratio(
        call, [&](std::size_t row, const auto& at, std::size_t g, const auto& pa, const auto& pb) {
          const batch<T> seed(call.output.adjoint[row]);
          for (std::size_t i = 0; a.adjoint != nullptr && i < pa.count; ++i) {
            const families::detail::groups<k, T> to{a.adjoint + at[0], a.size};
            const batch<T> kl(pa.mean_log(i));
            to.add(g + i, [&](std::size_t j, std::size_t some) {
              return seed * load_partial(pa.p + i * k + j, some) *
                     (load_partial(pa.log_p + i * k + j, some) - kl);
            });
          }
          for (std::size_t i = 0; b.adjoint != nullptr && i < pa.count; ++i) {
            const families::detail::groups<k, T> to{b.adjoint + at[1], b.size};
            to.add(g + i, [&](std::size_t j, std::size_t some) {
              return seed *
                     (load_partial(pb.p + i * k + j, some) - load_partial(pa.p + i * k + j, some));
            });
          }
        });
  }
};

/// Equal probabilities: `categorical<10>(uniform)`, `bernoulli(uniform)`.
inline constexpr struct uniform_tag {
} uniform{};

/// Independent variables of K categories: `categorical<10>(logits = l)`, `(probs = p)` or
/// `(uniform)`.
template <int K, class E>
constexpr auto categorical(const named_argument<keywords::logits_tag, E>& l) {
  return make_distribution<families::categorical<K>>(l.value);
}
template <int K, class E>
constexpr auto categorical(const named_argument<keywords::probs_tag, E>& p) {
  return make_distribution<families::categorical<K>>(log(p.value));
}
template <int K>
constexpr auto categorical(uniform_tag) {
  return make_distribution<families::categorical<K>>(0);
}
constexpr auto bernoulli(uniform_tag) { return make_distribution<families::bernoulli>(0); }

}  // namespace variad
