#pragma once

#include <variad/dsl/engine/binder.hpp>

namespace variad::internals {

/// The way back of objectives by which the guide learns along the path of its draws, with its
/// weights detached in log q.
///
/// The model's steps come first and are as ever. Then the guide's are walked back twice. The first
/// walk holds all terms, and finds the adjoint of each draw's value: all that the value changes,
/// later draws and their log q through the parameters included. The second leaves the terms out; at
/// each draw it sets the adjoint found, so that the draw's parameters and the weights behind them
/// learn of it, once; losses, whose weights learn of them, are walked through again. One walk
/// cannot do: the adjoint of a parameter has to hold ∂log q where it goes on to an earlier draw,
/// and must not hold it where it goes to a weight.
template <class T>
class path_gradient {
 public:
  path_gradient(const program_tables<T>& tables, const binder<T>& bind);

  bool wanted() const { return t_.objective.path_gradient; }

  /// `clear(s)` takes adjoints that begin with step s to zero, `pull_back(s)` is its way back.
  template <class Clear, class PullBack>
  void walk_back(context<T>& c, const term_scales& scales, Clear&& clear,
                 PullBack&& pull_back) const {
    const auto for_each_step = [&](bool in_guide, auto&& visit) {
      for (std::size_t s = t_.steps.size(); s-- > 0;)
        if (t_.steps[s].global == c.global && node_of(s).in_guide == in_guide) {
          clear(s);
          visit(s, node_of(s));
        }
    };
    for_each_step(false, [&](std::size_t s, const node&) { pull_back(s); });
    weigh_paths(c, scales);
    for_each_step(true, [&](std::size_t s, const node& n) {
      if (n.what == role::draw) keep_adjoint(c, s);
      if (leads_to_draws(n)) pull_back(s);
    });
    begin_second_walk(c);
    for_each_step(true, [&](std::size_t s, const node& n) {
      if (n.what == role::draw) restore_adjoint(c, s);
      if (!is_term(n) || n.of_training) pull_back(s);
    });
    end_second_walk(c);
  }

 private:
  const node& node_of(std::size_t s) const { return bind_.node_at(t_.steps[s].node); }
  /// Whether the inputs of a node depend on draws: the first walk has nothing to find elsewhere.
  static bool leads_to_draws(const node& n) {
    return (n.depends & ~(n.what == role::draw ? only(n.latent) : latent_set(0))) != 0;
  }
  /// The adjoints of a step's output.
  static std::span<T> adjoints(const context<T>& c, std::size_t s);
  static std::span<T> kept_adjoints(context<T>& c, const node& draw, std::size_t size);

  /// Where samples are weighted, multiplies what the walks start from by the weight that the path
  /// of each sample has beyond the seeds.
  void weigh_paths(context<T>& c, const term_scales& scales) const;
  void keep_adjoint(context<T>& c, std::size_t s) const;
  void restore_adjoint(context<T>& c, std::size_t s) const;
  /// Forgets what nodes outside the shards have learnt of the first walk, and parameters but for
  /// those whose gradient is shared: it comes from the adjoints that the second walk leaves.
  void begin_second_walk(context<T>& c) const;
  void end_second_walk(context<T>& c) const;

  const program_tables<T>& t_;
  const binder<T>& bind_;
  std::vector<std::size_t> starts_;  ///< what the walks start from: log q, and what the model reads
  std::vector<std::size_t> globals_;   ///< of the guide, with adjoints
  std::vector<std::size_t> learners_;  ///< whose parameters learn in the first walk
};

}  // namespace variad::internals
