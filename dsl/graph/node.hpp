#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include <variad/dsl/graph/axes.hpp>
#include <variad/dsl/graph/support.hpp>
#include <variad/dsl/syntax/parameter_constraint.hpp>
#include <variad/dsl/syntax/shape.hpp>
#include <variad/dsl/syntax/variable.hpp>

namespace variad::internals {

enum class role : std::uint8_t {
  nothing,  ///< a reference, a name, a bracket: no value of its own
  data,
  op,        ///< a deterministic op
  draw,      ///< a latent's value, drawn in the guide
  density,   ///< a log-density of the model
  term,      ///< what a model adds to the log joint, or a loss
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
  bool product = false;     ///< its variables are independent
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
    data_density,
    term,
    open,
    close
  };
  token_kind token = token_kind::apply;
  std::string_view op;        ///< the op's name
  std::string_view variable;  ///< of a reference, definition, draw (the first), density, plate
  std::string_view label;     ///< of a draw or density: all its variables, joined
  variable_kind kind = variable_kind::quantity;
  reading reads = reading::value;  ///< of a reference
  shape declared;                  ///< the variables of a draw or density, the extents of data
  /// Inputs of an op, parameters of a draw or density, tokens of a network.
  std::size_t arity = 0;
  std::size_t variables = 1;  ///< of a draw or density
  std::size_t plate_size = 0;
  bool elementwise = false, sums = false, differentiable = true, per_row = false;
  bool updates_one_site = false;     ///< alternatives of one variable of its input are cheap
  bool moves_by_rows = false;        ///< ... differences of rows of a matrix
  bool has_row_differences = false;  ///< a likelihood with a kernel for those of what it reads
  bool batch_statistics = false;  ///< rows of its value depend on each other by sums over the batch
  bool draws_numbers = false;     ///< an op that draws numbers of its own in training
  bool adds = false;              ///< its value is a sum of its inputs, or of their elements
  bool shares_gradient = false;
  std::uint32_t without_derivative = 0;  ///< inputs that no derivative reaches, a bit each
  bool takes_rows = false;               ///< its first input chooses rows of its second
  std::string_view reduced_plate;        ///< the plate whose rows it takes together
  bool literal = false;                  ///< a number in an expression
  bool drawn_value = false;              ///< of a draw: a network that reads its value follows
  bool differentiates_twice = false;
  bool chosen = false;              ///< the estimator was told, not chosen by default
  bool of_training = false;         ///< a loss, which no bound knows
  bool has_gaps = false;            ///< of a draw or density: of variables whose data may have gaps
  bool leaves_gaps_out = false;     ///< ... with a density of what is there
  std::string_view layer;           ///< the name of a layer that may stand in several statements
  std::size_t parameter_count = 0;  ///< blocks of parameters that the op owns
  shape (*event_rule)(std::span<const shape>) = nullptr;
  shape (*parameter_rule)(std::size_t, std::span<const shape>) = nullptr;
  std::string_view (*parameter_name)(std::size_t) = nullptr;
  int (*index_rule)(std::span<const shape>) = nullptr;  ///< what its indices are below
  family_info family;

  // found by match
  role what = role::nothing;
  bool in_guide = false;
  /// Of a draw its parameters, and where it has gaps its data and what is known of them; of a
  /// density its value, its parameters, and where it has gaps what it is of.
  short_list<node_id, max_inputs> inputs{};
  bool drawn = false;  ///< of a density of data: the guide draws its variables where they lack
  plate_id plate = plate_id::none;     ///< innermost plate of the statement
  plate_id reduces = plate_id::none;   ///< the plate that it takes together, or takes rows of
  plate_id indexes = plate_id::none;   ///< of data: a plate sized by the data whose rows it numbers
  std::string_view statement;          ///< the name of the statement that it stands in
  int position = 0;                    ///< among the ops of its name in the statement
  latent_id latent = latent_id::none;  ///< of a draw, own term or prior density: which latent
  latent_id network = latent_id::none;  ///< the latent whose estimator's network it belongs to
  bool active = false;                  ///< some term needs it

  // found by shape, axes
  shape event;                ///< of its value
  shape domain;               ///< what an elementwise op works through
  int index_limit = 0;        ///< of data: indices below this; 0 if they are none
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
  internals::axes plates = 0;      ///< those of what it reads
  internals::axes axes = 0;        ///< what it is computed over
  /// Of a term: plates of its statement that it does not vary over, but counts for each row of.
  internals::axes repeats = 0;
};

/// A name that is stated in a plate: how often, and within which other.
struct plate_info {
  std::string_view name;
  std::size_t size = 0;  ///< 0: the data say
  plate_id parent = plate_id::none;
  /// The column by which rows of the data plate take its rows, if it is the only one: each of them
  /// depends on one row then.
  node_id index = node_id::none;
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
  takes_data_plate,
  indexes_two_plates,
  plates_differ,
  too_many_plates,
  too_many_latents,
  too_many_inputs,
  two_data_plates,
  plate_names_differ,
  observed_in_guide,
  given_is_stated,
  outside_support,
  cannot_be_drawn,
  prior_in_guide,
  shared_layers_differ,
  shared_layer_in_network,
  name_of_the_language,
  reads_gaps,
  gaps_cannot_be_left_out,
};

/// One latent draw, and what the passes decide about it.
struct latent_info {
  node_id draw = node_id::none;      ///< its node
  node_id own_term = node_id::none;  ///< the node of its KL, entropy or log q
  /// What is missing of its data, where they have gaps: what its own term is of.
  node_id missing = node_id::none;
  /// The density of the same variables; none where the model groups others.
  node_id prior = node_id::none;
  node_id density = node_id::none;  ///< the model's statement that explains it
  enum class term_kind : std::uint8_t { log_q, entropy, kl } term = term_kind::log_q;
  bool enumerated = false;  ///< evaluated at all its values, weighted
  /// The node of the value that its prior reads, where it is another.
  node_id prior_value = node_id::none;
  node_id network = node_id::none;  ///< the node of the value of its estimator's network
  /// The node by which that network, a surrogate, reads the draw.
  node_id drawn_value = node_id::none;
};

/// The graph of a program of T tokens, L of them draws: the nodes of the tokens first, then the own
/// terms of the draws, then the values that their priors read, where those are others.
template <std::size_t T, std::size_t L>
struct graph {
  static constexpr std::size_t tokens = T, latent_count = L, size = T + 2 * L;
  static_assert(size <= 32767, "variad: a program has at most 32767 nodes");

  id_array<node_id, node, size> nodes{};
  id_array<plate_id, plate_info, max_plates> plates{};
  std::size_t plate_count = 0;
  plate_id data_plate = plate_id::none;  ///< the plate whose rows make minibatches
  id_array<latent_id, latent_info, L + 1> latents{};
  fault wrong = fault::none;
  node_id where = node_id::none;  ///< the token at fault
  node_id other = node_id::none;  ///< another that has to do with it

  constexpr void fail(fault f, node_id at, node_id with = node_id::none) {
    if (wrong == fault::none) {
      wrong = f;
      where = at;
      other = with;
    }
  }
  constexpr bool ok() const { return wrong == fault::none; }
  /// Draws that no estimator stands behind: as without networks.
  constexpr void forget_networks() {
    for (latent_info& l : latents) l.network = l.drawn_value = node_id::none;
  }
  /// A bound knows none.
  constexpr void forget_losses() {
    for (node& n : nodes)
      if (n.of_training) n.what = role::nothing;
  }
  /// A model that only draws knows none.
  constexpr void forget_terms() {
    for (node& n : nodes)
      if (n.token == node::token_kind::term) n.what = role::nothing;
  }
  constexpr node& operator[](node_id i) { return nodes[i]; }
  constexpr const node& operator[](node_id i) const { return nodes[i]; }
  constexpr latent_info& latent(latent_id l) { return latents[l]; }
  constexpr const latent_info& latent(latent_id l) const { return latents[l]; }

  static constexpr id_range<node_id> token_ids() { return ids<node_id>(tokens); }
  /// Of tokens and own terms.
  static constexpr id_range<node_id> evaluated_ids() { return ids<node_id>(tokens + L); }
  static constexpr id_range<latent_id> latent_ids() { return ids<latent_id>(L); }
  constexpr id_range<plate_id> plate_ids() const { return ids<plate_id>(plate_count); }
  /// A plate that takes its size from the data and is not cut into batches.
  constexpr bool is_group(plate_id p) const {
    return exists(p) && plates[p].size == 0 && p != data_plate;
  }
};

/// Whether a node holds the value of one variable that is drawn: on its own, or as part of a joint
/// draw.
constexpr bool is_variable_drawn(const node& n) {
  return (n.token == node::token_kind::draw && n.what == role::draw && n.variables == 1) ||
         n.token == node::token_kind::part;
}

/// Whether a node may learn from what another does with it: what a network reads outside of itself
/// is held fixed.
constexpr bool is_free_in(const node& n, const node& read) {
  return !exists(n.network) || n.network == read.network;
}
/// Whether a node hands an adjoint on to one that it reads, if that learns. On the first way back
/// through a surrogate it is the value of the draw that is led to.
constexpr bool hands_on(const node& n, const node& read) {
  return is_free_in(n, read) && n.moves == read.moves;
}

/// Calls f(i) for the nodes that the network of the estimator of latent l reads outside of itself.
template <class Graph, class F>
constexpr void for_each_read_by_network(const Graph& g, latent_id l, F&& f) {
  const latent_info& info = g.latent(l);
  if (!exists(info.network)) return;
  if (g[info.network].network != l) f(info.network);
  for (const node_id i : g.token_ids()) {
    if (g[i].network != l) continue;
    for (const node_id in : g[i].inputs)
      if (g[in].network != l && in != info.draw) f(in);
  }
}

/// The axes of a plate and those that it stands in.
template <class Graph>
constexpr axes plate_axes(const Graph& g, plate_id plate) {
  axes a = 0;
  for (plate_id p = plate; exists(p); p = g.plates[p].parent) a |= axis_bit(p);
  return a;
}

}  // namespace variad::internals
