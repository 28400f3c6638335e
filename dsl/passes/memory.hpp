#pragma once

#include <variad/dsl/passes/schedule.hpp>

namespace variad::internals {

/// Where a node has no buffer.
inline constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

/// Values of a part of the global arena, and adjoints of its nodes, which lie by themselves.
struct global_sizes {
  std::size_t values = 0, adjoints = 0;
};

/// Where the buffers of a program of N nodes lie. Offsets and sizes count values; those of nodes in
/// the data plate are per datum, and those of another plate that takes its size from the data, a
/// part of the global arena, per row of it. Rows follow each other without padding, so that all
/// rows of a layer are one matrix for BLAS and one vector for elementwise ops.
template <std::size_t N>
struct memory_map {
  id_array<node_id, std::size_t, N> value{}, adjoint{};
  global_sizes global{};
  id_array<plate_id, global_sizes, max_plates> groups{};
  std::size_t datum_size = 0;  ///< values and adjoints per datum of a shard's arena
};

/// The plate that takes its size from the data, beside the data plate, which axes hold, or none.
template <class Plates>
constexpr plate_id group_of(const Plates& plates, plate_id data_plate, axes a) {
  for (const plate_id p : plates.ids())
    if (varies_over(a, p) && plates[p].size == 0 && p != data_plate) return p;
  return plate_id::none;
}

/// Values of one row's worth of static axes: the extents of plates of stated size, of samples and
/// of enumerated values.
template <class Graph, class Chosen>
constexpr std::size_t static_rows(const Graph& g, node_id i, const objective_traits& objective,
                                  const Chosen& chosen) {
  const axes a = g[i].axes;
  std::size_t rows = 1;
  if (varies_over(a, replicate_axis)) rows *= static_cast<std::size_t>(objective.replicates);
  if (varies_over(a, importance_axis)) rows *= static_cast<std::size_t>(objective.importance);
  for (const plate_id p : g.plate_ids())
    if (varies_over(a, p) && g.plates[p].size > 0 && p != g.data_plate) rows *= g.plates[p].size;
  std::size_t e = first_enumerated_axis;
  for (const latent_id l : g.latent_ids())
    if (g.latent(l).enumerated && varies_over(a, e++))
      rows *= static_cast<std::size_t>(chosen[l].probes.count);
  return rows;
}

/// The seventh pass: lifetimes to offsets, first fit. `training` counts the backward pass; without
/// it, values that programs read at the end (draws, parameters of densities, terms) stay. So does
/// all of a guide that is walked back twice, what a surrogate is differentiated twice by, and what
/// ops that share a gradient work it out from.
template <class Graph, class Chosen>
constexpr memory_map<Graph::size> plan_memory(const Graph& g,
                                              const step_list<Graph::size>& schedule,
                                              const objective_traits& objective,
                                              const Chosen& chosen, bool training) {
  struct buffer {
    node_id node = node_id::none;
    std::size_t size = 0, begin = 0, end = 0, offset = 0;
    bool adjoint = false;
  };
  memory_map<Graph::size> map;
  for (std::size_t& offset : map.value) offset = nowhere;
  map.adjoint = map.value;
  const std::size_t count = schedule.size(), last = 2 * count + 1;
  id_array<node_id, std::size_t, Graph::size> end{};         // last use of its value
  id_array<node_id, std::size_t, Graph::size> begin_back{};  // first use of its adjoint
  const auto stays = [&](node_id i) {
    return training && ((objective.path_gradient && g[i].in_guide) || g[i].moves);
  };
  const auto shares = [&](node_id i) { return training && g[i].shares_gradient && g[i].learns; };
  for (std::size_t& begin : begin_back) begin = last;
  for (std::size_t s = 0; s < count; ++s) {
    const node_id i = schedule[s].node;
    const bool term = is_term(g[i]), drawn = g[i].what == role::draw;
    const bool back = training && (g[i].learns || drawn);
    end[i] = std::max(end[i], stays(i) ? last : back ? last - s : term || !training ? last : s);
    for (const node_id in : schedule[s].inputs) {
      // Until the costs are known at `count`: alternatives read what the graph computed.
      end[in] = std::max(end[in], shares(i) || g[i].moves ? last : back ? last - s : count);
      begin_back[in] = std::min(begin_back[in], last - s);
    }
    begin_back[i] = term ? count : std::min(begin_back[i], last - s);
  }

  // The data plate, what stands outside of it, and each of the other plates sized by the data.
  const auto place_region = [&](bool global, plate_id group) {
    short_list<buffer, 2 * Graph::size> placed;
    std::size_t total = 0;
    const auto place = [&](buffer b) {
      std::size_t where = 0;
      for (const buffer& o : placed) {
        if (o.end < b.begin || b.end < o.begin) continue;
        if (where + b.size <= o.offset) break;
        where = std::max(where, o.offset + o.size);
      }
      b.offset = where;
      total = std::max(total, where + b.size);
      std::size_t slot = placed.count++;
      for (; slot > 0 && placed[slot - 1].offset > where; --slot) placed[slot] = placed[slot - 1];
      placed[slot] = b;
      (b.adjoint ? map.adjoint : map.value)[b.node] = where;
    };
    for (std::size_t s = 0; s < count; ++s) {
      const node_id i = schedule[s].node;
      if (schedule[s].global != global) continue;
      if (global && group_of(g.plates, g.data_plate, g[i].axes) != group) continue;
      global_sizes& own = exists(group) ? map.groups[group] : map.global;
      const std::size_t raw =
          static_rows(g, i, objective, chosen) * static_cast<std::size_t>(g[i].event.size());
      const std::size_t size = global && !exists(group) && raw >= 16 ? (raw + 15) / 16 * 16 : raw;
      // A global value is read by every shard and its adjoint written by them: it stays.
      const auto place_node = [&](node_id of, std::size_t until) {
        place({of, size, global ? 0 : s, global ? last : std::max(end[of], until), 0, false});
        if (training && g[of].learns && global) {
          map.adjoint[of] = own.adjoints;
          own.adjoints += size;
        } else if (training && g[of].learns)
          place({of, size, begin_back[of], stays(of) || shares(of) ? last : last - s, 0, true});
      };
      place_node(i, 0);
      if (g[i].what == role::draw)
        if (const node_id other = g.latent(g[i].latent).prior_value; exists(other))
          place_node(other, last - s);
    }
    (!global         ? map.datum_size
     : exists(group) ? map.groups[group].values
                     : map.global.values) = total;
  };
  place_region(true, plate_id::none);
  for (const plate_id p : g.plate_ids())
    if (g.is_group(p)) place_region(true, p);
  place_region(false, plate_id::none);
  return map;
}

}  // namespace variad::internals
