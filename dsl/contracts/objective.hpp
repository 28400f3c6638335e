#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include <variad/dsl/contracts/weighed_samples.hpp>

namespace variad {

/// What an objective says of itself: `static constexpr objective_traits traits{.name = "mine"}`.
struct objective_traits {
  std::string_view name;
  int replicates = 1;  ///< samples that are averaged
  int importance = 1;  ///< samples that are weighed against each other, in one value
  /// Whether the value is what `evaluate` makes of the log-weights log p − log q of the samples of
  /// a datum; otherwise it is the mean of the terms, and nothing materialises log-weights.
  bool weighs_samples = false;
  /// Whether a KL or an entropy in closed form may stand for samples of it. Not in a log-weight,
  /// and not along the path.
  bool closed_forms = true;
  /// Whether the derivative goes through the draws. Where not, latents are drawn and taken as they
  /// are: none has a gradient estimator, and every family that can be drawn from will do.
  bool differentiates_draws = true;
  /// Whether log q is seeded by `samples.seed_guide`, and not as the rest of the log-weight.
  bool seeds_guide = false;
  bool path_gradient = false;    ///< the guide learns along the path of its draws alone
  std::optional<double> knob{};  ///< a number among its arguments, to be shown
  std::string_view around{};     ///< the name of what stands around it: sticking_the_landing
};

/// As the user writes it, all arguments given: "iwae<20, 1>", "renyi<20, 0.5, 1>".
inline std::string to_string(const objective_traits& o) {
  std::string text(o.name);
  text.append("<");
  if (o.weighs_samples) text.append(std::to_string(o.importance)).append(", ");
  if (o.knob) {
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, *o.knob).ptr).append(", ");
  }
  text.append(std::to_string(o.replicates)).append(">");
  if (o.around.empty()) return text;
  return std::string(o.around).append("<").append(text).append(">");
}

/// The members of an objective besides its traits, which say what they are needed for:
/// - `evaluate(samples)`, where samples are weighed: the value of a datum by the log-weights of its
///   samples, and the seeds that go back to them (weighed_samples.hpp);
/// - `path_share(seed, divergence)`, where they are weighed and the guide learns along the path:
///   what a sample counts for there, over its seed, where −log q counts `divergence` times;
/// - optionally `elasticity(seed)`, which doubly_reparameterized needs: the derivative of the
///   logarithm of a sample's seed by the sample's log-weight;
/// - of a combination `fits` and `refusal`, as in sticking_the_landing.
template <class O>
concept has_objective_traits = requires {
  requires std::same_as<decltype(O::traits), const objective_traits>;
};
template <class O>
concept evaluates_samples = requires(const weighed_samples<float>& s) {
  { O::evaluate(s) } -> std::same_as<float>;
};
template <class O>
concept shares_paths = requires(const float& x) {
  { O::path_share(x, x) } -> std::same_as<float>;
};
template <class O>
concept has_elasticity = requires(const float& x) {
  { O::elasticity(x) } -> std::same_as<float>;
};

}  // namespace variad
