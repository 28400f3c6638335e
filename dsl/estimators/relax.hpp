#pragma once

#include <variad/dsl/estimators/rebar_control.hpp>
#include <variad/dsl/ops/dense.hpp>
#include <variad/dsl/ops/drawn_value.hpp>
#include <variad/dsl/ops/tanh.hpp>

namespace variad {

namespace detail {

template <bool Attached, class Surrogate>
struct relax_gradient : rebar_control<Attached> {
  Surrogate network{};  ///< r(ζ): a number per row, of `drawn_value` and of what is stated before

  static constexpr verdict accepts(const latent_traits& t) {
    if (network_of<relax_gradient>::jumps)
      return {false, "its surrogate must have a derivative, and select has none in its condition"};
    return rebar_control<Attached>::accepts(t);
  }
  /// As of rebar_control, and in the first two rows the directions that r is differentiated in.
  static constexpr std::size_t kept(const latent_traits& t) {
    return rebar_control<Attached>::kept(t) + 1;
  }

  template <class Family, class T>
  void pull_back(const draw_site<Family, T>& site) const {
    constexpr std::size_t triples = network_tile / 2;
    for (std::size_t first = 0; first < site.rows(); first += 3 * triples) {
      const std::size_t count = std::min(triples, (site.rows() - first) / 3);
      estimate(site, first, count);
      learn_surrogate(site, first, count);
    }
  }

 private:
  /// Rows 2i and 2i + 1 of a pass are ζ and ζ̃ of triple i.
  template <int Parts, class Family, class T>
  auto evaluate(const draw_site<Family, T>& site, std::size_t first, std::size_t count) const {
    auto pass = site.template network<Parts>(*this);
    for (std::size_t i = 0; i < 2 * count; ++i) {
      const std::size_t row = first + i / 2 * 3, at = row + 1 + i % 2;
      site.read_references(pass, i, row);
      pass.for_each_drawn([&](const network_buffer<T>& to) {
        std::copy_n(site.value(at).data(), to.size, to.value[0] + i * to.size);
        if (Parts == 2)
          std::copy_n(site.kept(row + i % 2).data(), to.size, to.value[1] + i * to.size);
      });
    }
    pass.forward(2 * count);
    pass.clear_adjoints(2 * count);
    return pass;
  }

  /// g = direct + control + (−r(ζ̃) ∂log q(b) + ∂r(ζ)/∂l − ∂r(ζ̃)/∂l), and the directions
  /// v = −2 g in ζ and ζ̃ for what follows.
  template <class Family, class T>
  void estimate(const draw_site<Family, T>& site, std::size_t first, std::size_t count) const {
    const std::size_t size = relaxation::size_of(site);
    T *const p = site.scratch(), *const direct = p + size, *const control = direct + size,
             *const path = control + size;
    auto pass = evaluate<1>(site, first, count);
    for (std::size_t i = 0; i < 2 * count; ++i)
      pass.output().adjoint[0][i] = i % 2 == 0 ? T(1) : T(-1);
    pass.template backward<false>(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = first + 3 * i;
      const T outer = site.weight(row), r = pass.output().value[0][2 * i + 1];
      this->differentiate(site, row, p, direct, control, path);
      for (std::size_t j = 0; j < size; ++j) direct[j] -= outer * r * (site.value(row)[j] - p[j]);
      pass.for_each_drawn([&](const network_buffer<T>& drawn) {
        for (const bool given : {false, true}) {
          const T* const seed = drawn.adjoint[0] + (2 * i + (given ? 1 : 0)) * size;
          if (!this->to_logits(site, row, given, seed, p, path)) continue;
          for (std::size_t j = 0; j < size; ++j) direct[j] += outer * path[j];
        }
      });
      this->observe(site, direct, control);
      for (std::size_t j = 0; j < size; ++j) direct[j] += control[j];
      relaxation::add_logits<Family, T>(site, row, direct);

      T along_score = 0;
      for (std::size_t j = 0; j < size; ++j) {
        control[j] = -2 * direct[j];
        along_score += control[j] * (site.value(row)[j] - p[j]);
      }
      const T sharp = this->sharpness(site);
      relaxation::to_perturbed_logits<Family, T>(site, sharp, site.value(row + 1).data(), control,
                                                 site.kept(row).data());
      conditional_relaxation::along_logits<Family, T>(site, site.kept(row + 2).data(), p, control,
                                                      path);
      relaxation::to_perturbed_logits<Family, T>(site, sharp, site.value(row + 2).data(), path,
                                                 site.kept(row + 1).data());
      site.kept(row).back() = along_score;
    }
  }

  /// Ascends −|g|², by v · ∂g/∂φ: the derivative along v of the gradient of r.
  template <class Family, class T>
  void learn_surrogate(const draw_site<Family, T>& site, std::size_t first,
                       std::size_t count) const {
    auto pass = evaluate<2>(site, first, count);
    for (std::size_t i = 0; i < count; ++i) {
      pass.output().adjoint[0][2 * i] = T(1);
      pass.output().adjoint[0][2 * i + 1] = T(-1);
      pass.output().adjoint[1][2 * i + 1] = -site.kept(first + 3 * i).back();
    }
    pass.template backward<true>(2 * count);
  }
};

constexpr auto default_network() { return dense<1>(variad::tanh(dense<64>(drawn_value))); }
using default_surrogate = decltype(default_network());

}  // namespace detail

/// RELAX (Grathwohl, Choi, Wu, Roeder and Duvenaud 2018): rebar with a free-form surrogate r(ζ) in
/// the control variate beside the relaxed objective,
///
///     ĝ = rebar − r(ζ̃) ∂log q(b) + ∂r(ζ)/∂l − ∂r(ζ̃)/∂l,
///
/// an expression of the user's in `drawn_value`, the relaxed draw, and in names that are stated
/// before it. Unbiased for any r. Its parameters φ descend |ĝ|² in the logits, in the mean over
/// rows, whose expectation has the gradient of the variance: ∂|ĝ|²/∂φ = 2 ĝ · ∂ĝ/∂φ, where ĝ holds
/// the derivative of r, so that a reverse pass over dual numbers is taken. The optimizer is the
/// program's.
///
///     z = ~categorical<10>(logits = ...).by(relax(dense<1>(tanh(dense<100>(drawn_value)))))
template <class Surrogate = detail::default_surrogate>
struct relax : detail::relax_gradient<true, Surrogate> {
  constexpr relax() requires std::is_same_v<Surrogate, detail::default_surrogate>
      : detail::relax_gradient<true, Surrogate>{{}, detail::default_network()} {}
  template <dsl_term E>
  constexpr explicit relax(const E& surrogate)
      : detail::relax_gradient<true, Surrogate>{{}, as_expression(surrogate)} {}

  static constexpr estimator_traits traits{.name = "relax",
                                           .bias = bias_class::unbiased,
                                           .source = "Grathwohl and others 2018",
                                           .knob = detail::rebar_knob};
};
template <dsl_term E>
relax(const E&) -> relax<expression_of<E>>;
relax()->relax<>;

}  // namespace variad
