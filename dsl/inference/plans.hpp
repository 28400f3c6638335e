#pragma once

#include <utility>
#include <vector>

#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/dsl/passes/resolve.hpp>

namespace variad::internals {

/// An objective as bounds are taken with it: one replicate at a time, and no derivative.
template <class Objective>
struct evaluated : Objective {
  static constexpr objective_traits traits = [] {
    objective_traits t = Objective::traits;
    t.replicates = 1;
    t.path_gradient = false;
    return t;
  }();
};

/// The programs that a model, a guide and an objective may be resolved to. One is resolved where it
/// is used: the first always, to train; the others by the queries that run them.
template <class Model, class Guide, class Objective>
struct plans {
  using guide_token_list = tokens_of<read_as::guide, Guide>;
  static constexpr std::size_t guide_tokens = guide_token_list::size;
  using tokens = concatenated<guide_token_list, tokens_of<read_as::model, Model>>;
  using model_tokens = tokens_of<read_as::own_guide, Model>;
  static constexpr bool weighs = Objective::traits.weighs_samples;

  using training = resolved<tokens, guide_tokens, Objective, use::training>;
  /// Every latent is drawn hard.
  using evaluation = resolved<tokens, guide_tokens, elbo<1>, use::evaluation>;
  /// Weighs samples: as the objective does, if it weighs some.
  using weighting =
      resolved<tokens, guide_tokens, std::conditional_t<weighs, evaluated<Objective>, iwae<20>>,
               use::evaluation>;
  /// Draws from the model alone.
  using generation = resolved<model_tokens, model_tokens::size, elbo<1>, use::evaluation>;

 private:
  template <std::size_t... L>
  static constexpr bool sums(std::index_sequence<L...>) {
    return (sums_over<training, id_at<latent_id>(L)> || ...);
  }
  static constexpr auto choose_bounding() {
    if constexpr (weighs)
      return hana::type<weighting>{};
    else if constexpr (sums(std::make_index_sequence<training::latent_count>{}))
      return hana::type<resolved<tokens, guide_tokens, elbo<1>, use::evaluation, training>>{};
    else
      return hana::type<evaluation>{};
  }

 public:
  /// What bounds are taken with: it sums over what the guide enumerates, and draws the rest hard.
  using bounding = typename decltype(choose_bounding())::type;

  /// What the tokens of model and guide carry, and those of the model alone.
  static std::vector<const void*> values(const Model& p, const Guide& q) {
    std::vector<const void*> out(tokens::size, nullptr);
    value_collector(out.data()).template program<read_as::guide>(q);
    value_collector(out.data() + guide_tokens).template program<read_as::model>(p);
    return out;
  }
  static std::vector<const void*> values(const Model& p) {
    std::vector<const void*> out(model_tokens::size, nullptr);
    value_collector(out.data()).template program<read_as::own_guide>(p);
    return out;
  }
};

}  // namespace variad::internals
