#pragma once

#include <variad/dsl/engine/kernel_call.hpp>
#include <variad/dsl/families/bernoulli.hpp>
#include <variad/runtime/random/uniform.hpp>

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
  static constexpr std::size_t k = K;
  static constexpr shape value_shape(const shape& declared) { return declared.with(K); }
  static constexpr shape parameter_shape(std::size_t, const shape& declared) {
    return declared.with(K);
  }

  /// Softmax of one group of logits into p; returns logsumexp.
  template <class T>
  static T normalise(const T* l, std::size_t step, T* p) {
    T top = l[0];
    for (std::size_t j = 1; j < k; ++j) top = math::max(top, l[j * step]);
    for (std::size_t j = 0; j < k; ++j) p[j] = l[j * step] - top;
    for_each_vector<T>(
        k, [&]<class V>(std::size_t j) { store(p + j, V(math::exp(load_as<V>(p + j)))); });
    T total = 0;
    for (std::size_t j = 0; j < k; ++j) total += p[j];
    for (std::size_t j = 0; j < k; ++j) p[j] /= total;
    return top + math::log(total);
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
        const detail::groups<k, const T> logit{l.value + at[1], l.size};
        const T* x = z.value + at[0];
        T p[k], total = 0;
        for (std::size_t g = 0; g < z.size / k; ++g, x += k) {
          const T* e = logit[g];
          const T norm = normalise(e, logit.step(), p);
          for (std::size_t j = 0; j < k; ++j) total += x[j] * (e[j * logit.step()] - norm);
        }
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>&z = call.inputs[0], &l = call.inputs[1];
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const detail::groups<k, const T> logit{l.value + at[1], l.size};
        const detail::groups<k, T> to{l.adjoint == nullptr ? nullptr : l.adjoint + at[1], l.size};
        const T seed = call.output.adjoint[row];
        T p[k];
        for (std::size_t g = 0; g < z.size / k; ++g) {
          const T *x = z.value + at[0] + g * k, *e = logit[g];
          const T norm = normalise(e, logit.step(), p);
          if (l.adjoint != nullptr) {
            T mass = 0;
            for (std::size_t j = 0; j < k; ++j) mass += x[j];
            for (std::size_t j = 0; j < k; ++j) to[g][j * to.step()] += seed * (x[j] - mass * p[j]);
          }
          if (z.adjoint != nullptr)
            for (std::size_t j = 0; j < k; ++j)
              z.adjoint[at[0] + g * k + j] += seed * (e[j * logit.step()] - norm);
        }
      });
    }
  };

  /// −Σ π·log π, of l
  struct entropy : grouped<1> {
    static constexpr std::string_view name = "categorical.entropy";
    template <class T>
    void forward(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      const std::size_t n = domain_groups(call);
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const detail::groups<k, const T> logit{l.value + at[0], l.size};
        T p[k], total = 0;
        for (std::size_t g = 0; g < n; ++g) {
          const T norm = normalise(logit[g], logit.step(), p);
          for (std::size_t j = 0; j < k; ++j) total -= p[j] * (logit[g][j * logit.step()] - norm);
        }
        call.output.value[row] = total;
      });
    }
    template <class T>
    void pull_back(const kernel_call<T>& call) const {
      const tensor<T>& l = call.inputs[0];
      if (l.adjoint == nullptr) return;
      const std::size_t n = domain_groups(call);
      for_each_row(call, [&](std::size_t row, const auto& at) {
        const detail::groups<k, const T> logit{l.value + at[0], l.size};
        const detail::groups<k, T> to{l.adjoint + at[0], l.size};
        T p[k];
        for (std::size_t g = 0; g < n; ++g) {
          const T norm = normalise(logit[g], logit.step(), p);
          T h = 0;
          for (std::size_t j = 0; j < k; ++j) h -= p[j] * (logit[g][j * logit.step()] - norm);
          for (std::size_t j = 0; j < k; ++j)
            to[g][j * to.step()] -=
                call.output.adjoint[row] * p[j] * (logit[g][j * logit.step()] - norm + h);
        }
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
    T u[64], q[k];
    for (std::size_t begin = 0; begin < n; begin += 64) {
      const std::size_t count = std::min<std::size_t>(64, n - begin);
      fill_uniform(derive(random, static_cast<std::uint32_t>(begin), 0), u, count);
      for (std::size_t i = 0; i < count; ++i) {
        const T* l = p[0] + (begin + i) * k;
        normalise(l, 1, q);
        T left = u[i];
        std::size_t chosen = 0;
        while (chosen + 1 < k && left >= q[chosen]) left -= q[chosen++];
        set_category(out, begin + i, chosen, k);
      }
    }
  }
  template <class T>
  static void score(const T* value, const parameter_rows<T>& p, T seed, const adjoint_rows<T>& to,
                    std::size_t n) {
    T q[k];
    for (std::size_t i = 0; i < n * k; i += k) {
      normalise(p[0] + i, 1, q);
      for (std::size_t j = 0; j < k; ++j) to[0][i + j] += seed * (value[i + j] - q[j]);
    }
  }

  template <class T>
  static void mean(const parameter_rows<T>& p, T* out, std::size_t n) {
    for (std::size_t i = 0; i < n * k; i += k) normalise(p[0] + i, 1, out + i);
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

  /// Calls f(row, group, π_a, π_b, log π_a − log π_b, its mean) for each group.
  template <class T, class F>
  static void for_each_group(const kernel_call<T>& call, F&& f) {
    const tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    for_each_row(call, [&](std::size_t row, const auto& at) {
      const families::detail::groups<k, const T> la{a.value + at[0], a.size};
      const families::detail::groups<k, const T> lb{b.value + at[1], b.size};
      T pa[k], pb[k], ratio[k];
      for (std::size_t g = 0; g < family::domain_groups(call); ++g) {
        const T na = family::normalise(la[g], la.step(), pa);
        const T nb = family::normalise(lb[g], lb.step(), pb);
        T kl = 0;
        for (std::size_t j = 0; j < k; ++j) {
          ratio[j] = la[g][j * la.step()] - na - lb[g][j * lb.step()] + nb;
          kl += pa[j] * ratio[j];
        }
        f(row, at, g, pa, pb, ratio, kl);
      }
    });
  }

  template <class T>
  void forward(const kernel_call<T>& call) const {
    std::fill_n(call.output.value, call.rows, T(0));
    for_each_group(call, [&](std::size_t row, const auto&, std::size_t, const T*, const T*,
                             const T*, T kl) { call.output.value[row] += kl; });
  }
  template <class T>
  void pull_back(const kernel_call<T>& call) const {
    const tensor<T>&a = call.inputs[0], &b = call.inputs[1];
    for_each_group(call, [&](std::size_t row, const auto& at, std::size_t g, const T* pa,
                             const T* pb, const T* ratio, T kl) {
      const T seed = call.output.adjoint[row];
      if (a.adjoint != nullptr) {
        const families::detail::groups<k, T> to{a.adjoint + at[0], a.size};
        for (std::size_t j = 0; j < k; ++j) to[g][j * to.step()] += seed * pa[j] * (ratio[j] - kl);
      }
      if (b.adjoint != nullptr) {
        const families::detail::groups<k, T> to{b.adjoint + at[1], b.size};
        for (std::size_t j = 0; j < k; ++j) to[g][j * to.step()] += seed * (pb[j] - pa[j]);
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
