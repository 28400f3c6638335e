#pragma once

#include <variad/dsl/passes/schedule.hpp>

namespace variad {

/// Where the buffers of a program lie. Offsets and sizes count values; those of nodes in the data
/// plate are per datum. −1: no such buffer. Rows follow each other without padding, so that all
/// rows of a layer are one matrix for BLAS and one vector for elementwise ops.
template <std::size_t N>
struct memory_map {
  std::array<int, N> value{}, adjoint{};
  int global_size = 0;  ///< values of the global arena
  int datum_size = 0;   ///< values per datum of a shard's arena
};

/// Values of one row's worth of static axes: the extents of plates of known size, of samples and of
/// enumerated values.
template <std::size_t N>
constexpr int static_rows(const graph<N>& g, int i, const objective_traits& objective,
                          const std::array<estimator_info, max_latents>& chosen) {
  const axes a = g[i].axes;
  int rows = 1;
  if (a & axis_bit(replicate_axis)) rows *= objective.replicates;
  if (a & axis_bit(importance_axis)) rows *= objective.importance;
  for (int p = 0; p < g.plate_count; ++p)
    if ((a & axis_bit(first_plate_axis + p)) && p != g.data_plate)
      rows *= g.plates[static_cast<std::size_t>(p)].size;
  int e = 0;
  for (int l = 0; l < g.latent_count; ++l)
    if (g.latent(l).enumerated && (a & axis_bit(first_enumerated_axis + e++)))
      rows *= chosen[static_cast<std::size_t>(l)].probes.count;
  return rows;
}

/// The seventh pass: lifetimes to offsets, first fit. `training` counts the backward pass; without
/// it, values that programs read at the end (draws, parameters of densities, terms) stay. So does
/// all of a guide that is walked back twice, what a surrogate is differentiated twice by, and what
/// ops that share a gradient work it out from.
template <std::size_t N>
constexpr memory_map<N> plan_memory(const graph<N>& g, const step_list<N>& schedule,
                                    const objective_traits& objective,
                                    const std::array<estimator_info, max_latents>& chosen,
                                    bool training) {
  struct buffer {
    int node = 0, size = 0, begin = 0, end = 0, offset = 0;
    bool adjoint = false;
  };
  memory_map<N> map;
  map.value.fill(-1);
  map.adjoint.fill(-1);
  const int count = schedule.count, last = 2 * count + 1;
  std::array<int, N> at{};          // the step of a node
  std::array<int, N> end{};         // last use of its value
  std::array<int, N> begin_back{};  // first use of its adjoint
  const auto stays = [&](int i) {
    return training && ((objective.path_gradient && g[i].in_guide) || g[i].moves);
  };
  const auto shares = [&](int i) { return training && g[i].shares_gradient && g[i].learns; };
  at.fill(-1);
  for (int s = 0; s < count; ++s) at[static_cast<std::size_t>(schedule[s].node)] = s;
  begin_back.fill(last);
  for (int s = 0; s < count; ++s) {
    const int i = schedule[s].node;
    const bool term = is_term(g[i]), drawn = g[i].what == role::draw;
    const bool back = training && (g[i].learns || drawn);
    int& own = end[static_cast<std::size_t>(i)];
    own = std::max(own, stays(i) ? last : back ? last - s : term || !training ? last : s);
    for (int j = 0; j < schedule[s].inputs; ++j) {
      const auto in = static_cast<std::size_t>(schedule[s].input[static_cast<std::size_t>(j)]);
      // Until the costs are known at `count`: alternatives read what the graph computed.
      end[in] = std::max(end[in], shares(i) || g[i].moves ? last : back ? last - s : count);
      begin_back[in] = std::min(begin_back[in], last - s);
    }
    int& begin = begin_back[static_cast<std::size_t>(i)];
    begin = term ? count : std::min(begin, last - s);
  }

  for (const bool global : {true, false}) {
    std::array<buffer, 2 * N> placed{};
    int placed_count = 0, total = 0;
    const auto place = [&](buffer b) {
      int where = 0, k = 0;
      for (; k < placed_count; ++k) {
        const buffer& o = placed[static_cast<std::size_t>(k)];
        if (o.end < b.begin || b.end < o.begin) continue;
        if (where + b.size <= o.offset) break;
        where = std::max(where, o.offset + o.size);
      }
      b.offset = where;
      total = std::max(total, where + b.size);
      int slot = placed_count++;
      for (; slot > 0 && placed[static_cast<std::size_t>(slot - 1)].offset > where; --slot)
        placed[static_cast<std::size_t>(slot)] = placed[static_cast<std::size_t>(slot - 1)];
      placed[static_cast<std::size_t>(slot)] = b;
      (b.adjoint ? map.adjoint : map.value)[static_cast<std::size_t>(b.node)] = where;
    };
    for (int s = 0; s < count; ++s) {
      if (schedule[s].global != global) continue;
      const int i = schedule[s].node;
      const int raw = static_rows(g, i, objective, chosen) * g[i].event.size();
      const int size = global ? (raw + 15) / 16 * 16 : raw;
      // A global value is read by every shard and its adjoint written by them: it stays.
      const auto place_node = [&](int of, int until) {
        const auto n = static_cast<std::size_t>(of);
        place({of, size, global ? 0 : s, global ? last : std::max(end[n], until), 0, false});
        if (training && g[of].learns)
          place({of, size, global ? 0 : begin_back[n],
                 global || stays(of) || shares(of) ? last : last - s, 0, true});
      };
      place_node(i, 0);
      if (const int l = g[i].what == role::draw ? g[i].latent : -1;
          l >= 0 && g.latent(l).prior_value >= 0)
        place_node(g.latent(l).prior_value, last - s);
    }
    (global ? map.global_size : map.datum_size) = total;
  }
  return map;
}

}  // namespace variad
