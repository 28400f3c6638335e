#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/dsl/graph/limits.hpp>
#include <variad/dsl/graph/support.hpp>
#include <variad/dsl/syntax/parameter_constraint.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad {

/// The axes that a node varies over, as a set of bits; bit a is axis a of the engine.
using axes = std::uint16_t;

inline constexpr int replicate_axis = 0, importance_axis = 1, first_plate_axis = 2, max_plates = 4,
                     first_enumerated_axis = 6, max_enumerated = 3, probe_axis = 9;
constexpr axes axis_bit(int a) { return static_cast<axes>(1u << a); }

/// Draws whose value a node depends on, as a set of bits.
using latent_set = std::uint32_t;

enum class role : std::uint8_t {
  nothing,  ///< a reference, a name, a bracket: no value of its own
  literal,
  data,
  op,        ///< a deterministic op
  draw,      ///< a latent's value, drawn in the guide
  density,   ///< a log-density of the model
  own_term,  ///< KL, entropy or log q of a draw
};

/// What the passes know of a family.
struct family_info {
  std::string_view name;
  support values = support::real;
  bool discrete = false;
  bool reparameterizable = false;
  bool can_sample = false;
  bool prior_only = false;  ///< has no normalised density to draw from in a guide
  int categories = 0;
  std::size_t (*noise_size)(std::size_t) = nullptr;  ///< of a number of variables
  shape (*value_shape)(const shape&) = nullptr;
  shape (*parameter_shape)(std::size_t, const shape&) = nullptr;
  std::array<parameter_constraint, max_family_parameters> constraints{};
  std::array<std::string_view, max_family_parameters> parameter_names{};
};

/// One token, and what the passes find out about it.
struct node {
  // stated by the token
  enum class token_kind : std::uint8_t {
    apply,
    refer,
    define,
    draw,
    network,
    part,
    density,
    open,
    close
  };
  token_kind token = token_kind::apply;
  std::string_view op;        ///< the op's name
  std::string_view variable;  ///< of a reference, definition, draw (the first), density, plate
  std::string_view label;     ///< of a draw or density: all its variables, joined
  variable_kind kind = variable_kind::quantity;
  shape declared;     ///< the variables of a draw or density, the extents of data
  int arity = 0;      ///< of a network: the tokens that it is made of
  int variables = 1;  ///< of a draw or density
  int plate_size = 0;
  bool elementwise = false, sums = false, differentiable = true, per_row = false, dense = false;
  bool batch_statistics = false;  ///< rows of its value depend on each other by sums over the batch
  bool adds = false;              ///< its value is a sum of its inputs, or of their elements
  bool shares_gradient = false;
  std::uint32_t without_derivative = 0;  ///< inputs that no derivative reaches, a bit each
  std::string_view reduced_plate;        ///< the plate whose rows it takes together
  bool literal = false;
  bool drawn_value = false;  ///< of a draw: a network that reads its value follows
  bool differentiates_twice = false;
  bool chosen = false;              ///< the estimator was told, not chosen by default
  std::size_t parameter_count = 0;  ///< blocks of parameters that the op owns
  shape (*event_rule)(std::span<const shape>) = nullptr;
  shape (*parameter_rule)(std::size_t, std::span<const shape>) = nullptr;
  std::string_view (*parameter_name)(std::size_t) = nullptr;
  family_info family;

  // found by match
  role what = role::nothing;
  bool in_guide = false;
  std::array<std::int16_t, max_inputs> input{};
  int inputs = 0;
  int plate = -1;              ///< innermost plate of the statement
  int reduces = -1;            ///< the plate that it takes together
  std::string_view statement;  ///< the name of the statement that it stands in
  int position = 0;            ///< among the ops of its name in the statement
  int latent = -1;             ///< of a draw, own term or prior density: which latent
  int network = -1;            ///< the latent whose estimator's network it belongs to
  bool active = false;         ///< some term needs it

  // found by shape, axes
  shape event;                ///< of its value
  shape domain;               ///< what an elementwise op works through
  latent_set depends = 0;     ///< draws whose value it depends on
  latent_set blocked = 0;     ///< ... along a path without a derivative
  latent_set coupled = 0;     ///< ... through an op that couples rows of a plate that they stand in
  latent_set normalised = 0;  ///< ... through statistics of the batch
  latent_set draws_alone = 0;      ///< ... of values that may differ in a batch by draws alone
  bool varies = false;             ///< an element of its value differs from row to row by data, a
                                   ///< parameter per row or a continuous draw
  bool varies_throughout = false;  ///< every element does
  bool moves = false;              ///< it is of a network, and varies with the value of its draw
  bool learns = false;             ///< parameters reach it along a differentiable path
  variad::axes plates = 0;         ///< those of what it reads
  variad::axes axes = 0;           ///< what it is computed over
  /// Of a term: plates of its statement that it does not vary over, but counts for each row of.
  variad::axes repeats = 0;
};

/// A name that is stated in a plate: how often, and within which other.
struct plate_info {
  std::string_view name;
  int size = 0;  ///< 0: the data says
  int parent = -1;
};

/// What can be wrong with a program; problem.hpp words it.
enum class fault : std::uint8_t {
  none,
  not_whole,  ///< an op or a family lacks members
  stated_twice,
  used_before_stated,
  unknown_name,
  latent_without_guide,
  latent_without_prior,
  draw_of_no_latent,
  shapes_do_not_fit,
  parameters_do_not_fit,
  network_does_not_fit,
  reads_another_plate,
  reads_itself,
  no_such_plate,
  reduced_within,
  reduces_data_plate,
  plates_differ,
  too_many_plates,
  too_many_latents,
  two_data_plates,
  observed_in_guide,
  given_is_stated,
  outside_support,
  cannot_be_drawn,
  prior_in_guide,
};

/// One latent draw, and what the passes decide about it.
struct latent_info {
  int draw = -1;      ///< its node
  int own_term = -1;  ///< the node of its KL, entropy or log q
  int prior = -1;     ///< the density of the same variables; -1 where the model groups others
  int density = -1;   ///< the model's statement that explains it
  enum class term_kind : std::uint8_t { log_q, entropy, kl } term = term_kind::log_q;
  bool enumerated = false;  ///< evaluated at all its values, weighted
  int prior_value = -1;     ///< the node of the value that its prior reads, where it is another
  int network = -1;         ///< the node of the value of its estimator's network
  int drawn_value = -1;     ///< the node by which that network, a surrogate, reads the draw
};

/// The graph of a program of N nodes: tokens first, then the own terms of the draws, then the
/// values that their priors read, where those are others.
template <std::size_t N>
struct graph {
  std::array<node, N> nodes{};
  int tokens = 0;
  std::array<plate_info, max_plates> plates{};
  int plate_count = 0;
  int data_plate = -1;  ///< the plate whose rows make minibatches
  std::array<latent_info, max_latents> latents{};
  int latent_count = 0;
  fault wrong = fault::none;
  int where = -1;  ///< the token at fault
  int other = -1;  ///< another that has to do with it

  constexpr void fail(fault f, int at, int with = -1) {
    if (wrong == fault::none) {
      wrong = f;
      where = at;
      other = with;
    }
  }
  constexpr bool ok() const { return wrong == fault::none; }
  /// Draws that no estimator stands behind: as without networks.
  constexpr void forget_networks() {
    for (latent_info& l : latents) l.network = l.drawn_value = -1;
  }
  constexpr node& operator[](int i) { return nodes[static_cast<std::size_t>(i)]; }
  constexpr const node& operator[](int i) const { return nodes[static_cast<std::size_t>(i)]; }
  constexpr latent_info& latent(int i) { return latents[static_cast<std::size_t>(i)]; }
  constexpr const latent_info& latent(int i) const { return latents[static_cast<std::size_t>(i)]; }
  constexpr int input(int i, int j) const { return (*this)[i].input[static_cast<std::size_t>(j)]; }
};

/// Whether a node may learn from what another does with it: what a network reads outside of itself
/// is held fixed.
constexpr bool is_free_in(const node& n, const node& read) {
  return n.network < 0 || n.network == read.network;
}
/// Whether a node hands an adjoint on to one that it reads, if that learns. On the first way back
/// through a surrogate it is the value of the draw that is led to.
constexpr bool hands_on(const node& n, const node& read) {
  return is_free_in(n, read) && n.moves == read.moves;
}

/// Calls f(i) for the nodes that the network of the estimator of latent l reads outside of itself.
template <std::size_t N, class F>
constexpr void for_each_read_by_network(const graph<N>& g, int l, F&& f) {
  const int root = g.latent(l).network;
  if (root < 0) return;
  if (g[root].network != l) f(root);
  for (int i = 0; i < g.tokens; ++i)
    for (int j = 0; g[i].network == l && j < g[i].inputs; ++j)
      if (const int in = g.input(i, j); g[in].network != l && in != g.latent(l).draw) f(in);
}

/// The axes of a plate and those that it stands in.
template <std::size_t N>
constexpr axes plate_axes(const graph<N>& g, int plate) {
  axes a = 0;
  for (int p = plate; p >= 0; p = g.plates[static_cast<std::size_t>(p)].parent)
    a = static_cast<axes>(a | axis_bit(first_plate_axis + p));
  return a;
}

}  // namespace variad
