#include <algorithm>

#include <variad/dsl/engine/state_places.hpp>
#include <variad/runtime/random/stream.hpp>

namespace variad::internals {
namespace {

std::size_t blocks_of(const node& n) {
  return std::min<std::size_t>(n.parameter_count, max_parameters);
}

/// `q.h.dense0.weight`
template <class T>
std::string parameter_name(const program_tables<T>& t, const node& n, std::size_t b) {
  return op_name(t, n).append(".").append(n.parameter_name(b));
}

template <class T>
parameter_start<T> describe(const program_tables<T>& t, const node& n, std::size_t b,
                            const kernel<T>& code, const void* op, std::size_t data_rows,
                            const plate_rows& groups) {
  const input_events in(t.nodes, n);
  const shape extents = n.parameter_rule(b, in);
  parameter_start<T> p;
  p.name = parameter_name(t, n, b);
  if (n.per_row)
    for (const plate_id q : t.plates.ids())
      if (varies_over(n.axes, q))
        p.shape.push_back(t.plates[q].size > 0 ? t.plates[q].size
                          : q == t.data_plate  ? data_rows
                                               : groups[q]);
  for (int d = 0; d < extents.rank; ++d) p.shape.push_back(static_cast<std::size_t>(extents[d]));
  p.of_method = exists(n.network);
  p.begin = [rule = code.initial(op, b), extents,
             fan = code.fan == nullptr ? fan_of_matrix(extents) : code.fan(b, in),
             key = hash_name(p.name)](std::span<T> values, std::uint64_t seed) {
    rule.fill(values, extents, fan, row_stream(make_stream(seed, 0, key), 0, 0));
  };
  return p;
}

}  // namespace

template <class T>
std::vector<parameter_start<T>> parameters_of(const program_tables<T>& t, const node_values& ops,
                                              std::size_t data_rows, const plate_rows& groups) {
  std::vector<parameter_start<T>> all;
  for (const bool per_datum : {false, true})
    for (std::size_t s = 0; s < t.steps.size(); ++s) {
      const node_id i = t.steps[s].node;
      const node& n = t.nodes[i];
      const bool datum = n.per_row && varies_over(n.axes, t.data_plate);
      if (datum != per_datum) continue;
      if (repeats_layer(t, s)) continue;
      for (std::size_t b = 0; b < blocks_of(n); ++b)
        all.push_back(describe(t, n, b, t.kernels[s], ops[i], data_rows, groups));
    }
  return all;
}

template <class T>
bool has_row_parameters(const program_tables<T>& t) {
  return std::any_of(t.nodes.begin(), t.nodes.end(), [&](const node& n) {
    return n.active && n.per_row && varies_over(n.axes, t.data_plate);
  });
}

template <class T>
std::vector<sized_axis> sized_axes(const program_tables<T>& t) {
  std::vector<sized_axis> all;
  for (const step& s : t.steps) {
    const node& n = t.nodes[s.node];
    if (!n.per_row) continue;
    std::size_t axis = 0;
    for (const plate_id q : t.plates.ids()) {
      if (!varies_over(n.axes, q)) continue;
      for (std::size_t b = 0; b < blocks_of(n) && t.is_group(q); ++b)
        all.push_back({parameter_name(t, n, b), axis, q});
      ++axis;
    }
  }
  return all;
}

template <class T>
state_places<T>::state_places(const program_tables<T>& t, const node_values& ops,
                              run_state<T>& state) {
  parameters_.items.resize(t.nodes.size());
  ops_.items.resize(t.nodes.size());
  estimators_.items.resize(t.latents.size());
  for (std::size_t s = 0; s < t.steps.size(); ++s) {
    const node_id i = t.steps[s].node;
    const node& n = t.nodes[i];
    for (std::size_t b = 0; b < blocks_of(n); ++b)
      parameters_[i][b] = state.find(parameter_name(t, n, b));
    if (t.kernels[s].make_state == nullptr) continue;
    const std::string name = op_name(t, n);
    ops_[i] = state.carry(name, [&] { return t.kernels[s].make_state(ops[i], n.event, name); });
  }
  if (!t.training) return;
  for (const latent_id l : t.latents.ids())
    if (const std::size_t count = t.estimators[l].state; count != 0)
      estimators_[l] = state.carry_numbers(std::string(t.nodes[t.latents[l].draw].label), count);
}

template std::vector<parameter_start<float>> parameters_of(const program_tables<float>&,
                                                           const node_values&, std::size_t,
                                                           const plate_rows&);
template std::vector<parameter_start<double>> parameters_of(const program_tables<double>&,
                                                            const node_values&, std::size_t,
                                                            const plate_rows&);
template bool has_row_parameters(const program_tables<float>&);
template bool has_row_parameters(const program_tables<double>&);
template std::vector<sized_axis> sized_axes(const program_tables<float>&);
template std::vector<sized_axis> sized_axes(const program_tables<double>&);
template class state_places<float>;
template class state_places<double>;

}  // namespace variad::internals
