#pragma once

#include <algorithm>
#include <span>

#include <variad/dsl/graph/node.hpp>

namespace variad::internals {

constexpr shape broadcast_of(std::span<const shape> inputs) {
  shape out;
  for (const shape& s : inputs) out = broadcast(out, s);
  return out;
}

/// Several ops may read the same indices: what all of them can take.
constexpr void note_limit(node& data, int limit) {
  data.index_limit = data.index_limit == 0 ? limit : std::min(data.index_limit, limit);
}

/// The event of rows of another plate that indices choose: that of a row for each.
template <class Graph>
constexpr void take_rows(Graph& g, node_id i) {
  node &n = g[i], &index = g[n.inputs[0]];
  n.event = index.event;
  const shape& row = g[n.inputs[1]].event;
  for (int d = 0; d < row.rank && n.event.valid; ++d) n.event = n.event.with(row[d]);
  if (g.plates[n.reduces].size > 0)
    return note_limit(index, static_cast<int>(g.plates[n.reduces].size));
  if (exists(index.indexes) && index.indexes != n.reduces) g.fail(fault::indexes_two_plates, i);
  index.indexes = n.reduces;
}

template <class Graph>
constexpr void check_parameters(Graph& g, node_id i, std::size_t first) {
  const node& n = g[i];
  for (std::size_t j = first; j < first + n.arity; ++j) {
    const shape& event = g[n.inputs[j]].event;
    const shape full = n.family.parameter_shape(j - first, n.declared);
    // An elementwise density broadcasts like any op; kernels of whole rows repeat what they read.
    const bool fits = n.elementwise ? broadcast(event, full) == full : repeats_to(event, full);
    if (!fits) return g.fail(fault::parameters_do_not_fit, i, n.inputs[j]);
  }
}

/// A layer that stands in several statements has the same parameters in each.
template <class Graph>
constexpr void check_layer(Graph& g, node_id i) {
  const auto parameter = [&](node_id of, std::size_t b) {
    short_list<shape, max_inputs> in;
    for (const node_id read : g[of].inputs) in.push_back(g[read].event);
    return g[of].parameter_rule(b, std::span<const shape>(in.begin(), in.size()));
  };
  for (const node_id other : id_range<node_id>{node_id{}, i}) {
    if (g[other].layer != g[i].layer) continue;
    if (exists(g[other].network) || exists(g[i].network))
      return g.fail(fault::shared_layer_in_network, i);
    bool same = g[other].op == g[i].op && g[other].parameter_count == g[i].parameter_count;
    for (std::size_t b = 0; same && b < g[i].parameter_count; ++b)
      same = parameter(other, b) == parameter(i, b);
    if (!same) g.fail(fault::shared_layers_differ, i, other);
    return;
  }
}

/// The event of what is read of a variable's data.
constexpr shape event_of_data(const node& n) {
  const shape value =
      n.family.value_shape != nullptr ? n.family.value_shape(n.declared) : n.declared;
  switch (n.reads) {
    case reading::value:
    case reading::column:
    case reading::known_element:
      return value;
    case reading::known:
    case reading::missing:
      return n.declared;
    case reading::known_row:
      break;
  }
  return shape_of();
}

/// The second pass: static extents of every event, with broadcasting; what indices are below.
template <class Graph>
constexpr void infer_shapes(Graph& g) {
  for (const node_id i : g.token_ids()) {
    if (!g.ok()) return;
    node& n = g[i];
    short_list<shape, max_inputs> in;
    for (const node_id read : n.inputs) in.push_back(g[read].event);
    const std::span<const shape> inputs(in.begin(), in.size());
    switch (n.what) {
      case role::nothing:
        if (n.token == node::token_kind::network) {
          const latent_info& l = g.latent(n.latent);
          if (exists(l.network) && g[l.network].event.size() != 1)
            g.fail(fault::network_does_not_fit, l.draw);
        }
        continue;
      case role::data:
        n.event = event_of_data(n);
        break;
      case role::draw:
        n.event = n.family.value_shape(n.declared);
        check_parameters(g, i, 0);
        break;
      case role::density:
        n.domain = n.family.value_shape(n.declared);
        if (in[0] != n.domain) g.fail(fault::shapes_do_not_fit, i, n.inputs[0]);
        check_parameters(g, i, 1);
        n.event = n.event_rule(inputs);
        if (!n.event.valid) g.fail(fault::shapes_do_not_fit, i, n.inputs[0]);
        break;
      case role::op:
        if (n.takes_rows && exists(n.reduces)) {
          take_rows(g, i);
        } else {
          n.event = n.token == node::token_kind::part ? n.declared : n.event_rule(inputs);
          if (n.index_rule != nullptr) note_limit(g[n.inputs[0]], n.index_rule(inputs));
        }
        if (!n.event.valid) g.fail(fault::shapes_do_not_fit, i);
        if (!n.layer.empty()) check_layer(g, i);
        n.domain = n.sums ? broadcast_of(inputs) : n.event;
        break;
      case role::term:
        n.event = n.event_rule(inputs);
        n.domain = inputs[0];
        break;
      case role::own_term:
        break;
    }
  }
  for (const latent_id l : g.latent_ids()) {
    const latent_info& info = g.latent(l);
    if (!g.ok() || !exists(info.prior)) continue;
    if (g[info.draw].family.values != g[info.prior].family.values)
      g.fail(fault::outside_support, info.draw, info.prior);
  }
}

/// Draws that node i depends on and that stand in a plate whose rows it sums over: it reads what
/// varies over them and does not itself.
template <class Graph>
constexpr latent_set draws_in_reduced_plates(const Graph& g, node_id i) {
  axes read = 0;
  for (const node_id in : g[i].inputs) read |= g[in].plates;
  latent_set found = 0;
  for (const latent_id l : g.latent_ids())
    if ((plate_axes(g, g[g.latent(l).draw].plate) & read & ~g[i].plates) != 0) found |= only(l);
  return found & g[i].depends;
}

/// By what the rows of a batch differ in the value of node i. Where draws of few values are all,
/// every row of a batch may hold the same, and what takes the statistics of the batch divides by
/// next to nothing. A sum differs where one of its parts does; a product may be of zeros.
template <class Graph>
constexpr void trace_variation(Graph& g, node_id i) {
  node& n = g[i];
  const bool own = n.what == role::data || (n.what == role::op && n.per_row);
  n.varies = n.varies_throughout = own && n.plates != 0;
  bool some_throughout = false, all_throughout = true;
  for (const node_id in : n.inputs) {
    const node& read = g[in];
    const bool constant = n.elementwise && read.depends == 0 && !read.varies;
    n.varies |= read.varies;
    some_throughout |= read.varies_throughout;
    all_throughout &= read.varies_throughout || constant;
    if (n.batch_statistics && !read.varies_throughout) n.draws_alone |= read.depends;
  }
  if (n.what == role::draw)
    n.varies = n.varies_throughout = !n.family.discrete;
  else if (n.inputs.size() > 0)
    n.varies_throughout = n.adds ? some_throughout : n.varies && all_throughout;
}

/// Which draws each node depends on through their values: where a derivative cannot pass, and where
/// rows are coupled.
template <class Graph>
constexpr void trace_dependence(Graph& g, id_range<node_id> nodes) {
  const auto inherit = [](node& n, const node& read) {
    n.coupled |= read.coupled;
    n.normalised |= read.normalised;
    n.draws_alone |= read.draws_alone;
  };
  for (const node_id i : nodes) {
    node& n = g[i];
    n.depends = n.blocked = n.coupled = n.normalised = n.draws_alone = 0;
    for (std::size_t j = 0; j < n.inputs.size(); ++j) {
      const node& read = g[n.inputs[j]];
      n.depends |= read.depends;
      n.blocked |= read.blocked;
      if (n.without_derivative >> j & 1) n.blocked |= read.depends;
      inherit(n, read);
    }
    n.moves = exists(n.network) && holds(n.depends, n.network);
    // What a network reads does not change the draw, but gives it its axes.
    if (n.what == role::draw)
      for_each_read_by_network(g, n.latent, [&](node_id read) {
        n.depends |= g[read].depends;
        inherit(n, g[read]);
      });
    if (exists(n.reduces) && !(n.takes_rows && exists(g.plates[n.reduces].index)))
      n.coupled |= draws_in_reduced_plates(g, i);
    if (n.batch_statistics) n.normalised |= n.depends;
    trace_variation(g, i);
    if (n.what == role::draw) n.depends |= only(n.latent);
  }
}

template <class Graph>
constexpr axes axes_of_data(const Graph& g) {
  return exists(g.data_plate) ? axis_bit(g.data_plate) : axes(0);
}

/// Finds the columns by which rows of the data plate take those of another.
template <class Graph>
constexpr void find_indices(Graph& g) {
  id_array<plate_id, bool, max_plates> several{};
  for (const node_id i : g.token_ids()) {
    const node& n = g[i];
    if (!n.takes_rows || !exists(n.reduces)) continue;
    const node& index = g[n.inputs[0]];
    plate_info& plate = g.plates[n.reduces];
    const bool one = exists(g.data_plate) && index.plate == g.data_plate && index.event.rank == 0 &&
                     (!exists(plate.index) || plate.index == n.inputs[0]);
    if (one) plate.index = n.inputs[0];
    several[n.reduces] |= !one;
  }
  for (const plate_id p : g.plate_ids())
    if (several[p]) g.plates[p].index = node_id::none;
}

/// A statement holds once for each row of its plates, so what it reads may not vary over others,
/// but where an op takes the rows of a plate together. That op stands outside the plate, whose rows
/// are all there: it is not cut into batches.
template <class Graph>
constexpr void check_plates(Graph& g) {
  for (const node_id i : g.token_ids()) {
    if (!g.ok()) return;
    node& n = g[i];
    const axes own = plate_axes(g, n.plate);
    axes within = own;
    if (exists(n.reduces)) {
      const axes reduced = axis_bit(n.reduces);
      if ((own & reduced) != 0) return g.fail(fault::reduced_within, i);
      if ((plate_axes(g, n.reduces) & axes_of_data(g) & ~own) != 0)
        return g.fail(n.takes_rows ? fault::takes_data_plate : fault::reduces_data_plate, i);
      within = own | reduced;
    }
    if (n.what == role::data || n.what == role::draw || (n.what == role::op && n.per_row))
      n.plates = own;
    const auto read = [&](node_id from) {
      n.plates |= g[from].plates & own;
      if (n.what != role::nothing && (g[from].plates & ~within) != 0)
        g.fail(fault::reads_another_plate, i, from);
    };
    for (const node_id in : n.inputs) read(in);
  }
}

}  // namespace variad::internals
