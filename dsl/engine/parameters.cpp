#include <algorithm>

#include <variad/dsl/engine/parameters.hpp>
#include <variad/runtime/random/stream.hpp>

namespace variad {

template <class T>
void parameter_set<T>::build(const program_tables<T>& t, std::span<const void* const> ops,
                             std::size_t data_rows, std::uint64_t seed) {
  table_.clear();
  initial_.clear();
  places_.of_node.assign(t.nodes.size(), {});
  std::size_t size = 0;
  for (const bool per_datum : {false, true})
    for (std::size_t s = 0; s < t.steps.size(); ++s) {
      const auto i = static_cast<std::size_t>(t.steps[s].node);
      const node& n = t.nodes[i];
      const bool datum =
          n.per_row && t.data_plate >= 0 && (n.axes >> (first_plate_axis + t.data_plate) & 1);
      if (n.parameter_count == 0 || datum != per_datum) continue;
      const input_events in(t.nodes, n);
      for (std::size_t b = 0; b < std::min<std::size_t>(n.parameter_count, max_parameters); ++b) {
        const shape extents = n.parameter_rule(b, in);
        parameter_info info;
        info.name = op_name(t, n).append(".").append(n.parameter_name(b));
        if (n.per_row)
          for (std::size_t p = 0; p < t.plates.size(); ++p)
            if (n.axes >> (first_plate_axis + p) & 1)
              info.shape.push_back(t.plates[p].size > 0 ? static_cast<std::size_t>(t.plates[p].size)
                                                        : data_rows);
        for (int d = 0; d < extents.rank; ++d)
          info.shape.push_back(static_cast<std::size_t>(extents[d]));
        info.of_method = n.network >= 0;
        info.size = 1;
        for (const std::size_t d : info.shape) info.size *= d;
        info.offset = size;
        places_.of_node[i][b] = size;
        size = (size + info.size + 15) / 16 * 16;
        const kernel<T>& code = t.kernels[s];
        initial_.push_back({info.name, extents,
                            code.fan == nullptr ? fan_of_matrix(extents) : code.fan(b, in),
                            code.initial(ops[i], b)});
        table_.push_back(std::move(info));
      }
    }
  values_ = aligned_buffer<T>(size);
  initialise(seed);
}

template <class T>
void parameter_set<T>::initialise(std::uint64_t seed) {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const start& s = initial_[i];
    s.rule.fill(std::span<T>(values_.data() + table_[i].offset, table_[i].size), s.extents, s.fan,
                row_stream(make_stream(seed, 0, hash_name(s.name)), 0, 0));
  }
}

template <class T>
const parameter_info* parameter_set<T>::find(std::string_view name) const {
  for (const parameter_info& p : table_)
    if (p.name == name) return &p;
  return nullptr;
}

template class parameter_set<float>;
template class parameter_set<double>;

}  // namespace variad
