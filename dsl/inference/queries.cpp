#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <variad/dsl/engine/engine.hpp>
#include <variad/dsl/inference/queries.hpp>
#include <variad/runtime/math/running_logsumexp.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/reduce/reduce.hpp>

namespace variad::internals {
namespace {

template <class T>
array<T> as_array(const std::vector<T>& values, const std::vector<std::size_t>& dims) {
  array<T> out(typename array<T>::shape_type(dims.begin(), dims.end()));
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

/// The extents of the plates that a node stands in, then of its event.
template <class T>
std::vector<std::size_t> extents_of(program<T>& p, const node& n, const shape& event,
                                    std::size_t data_rows) {
  std::vector<std::size_t> dims;
  for (const plate_id q : p.tables().plates.ids())
    if (varies_over(n.axes, q))
      dims.push_back(q == p.tables().data_plate ? data_rows : p.engine().rows_of(q));
  for (int d = 0; d < event.rank; ++d) dims.push_back(static_cast<std::size_t>(event[d]));
  return dims;
}

/// Calls f(rows, batch) for the batches that hold a node's rows: all data, or none of it.
template <class T, class F>
void for_each_batch_of(program<T>& p, const loaded_data<T>& data, const node& n, F&& f) {
  const dataset<T> none;
  const dataset<T>& rows = varies_over(n.axes, p.tables().data_plate) ? data.rows : none;
  p.for_each_batch(rows, query_batch,
                   [&](std::span<const std::uint32_t> batch) { f(rows, batch); });
}

/// Runs a program forward over a batch, checks the draws that are depended on, and calls f(context)
/// for each context that holds rows of `n`, in order.
template <class T, class F>
void run_draw(program<T>& p, const node& n, latent_set depends, const dataset<T>& rows,
              std::span<const std::uint32_t> batch, std::uint64_t seed, std::uint64_t draw, F&& f) {
  p.engine().forward(rows, batch, {seed, evaluation_step - draw, 0, 1.0}, purpose::values);
  if (const std::string cause = p.engine().check_draws(depends); !cause.empty())
    refuse_values("drawing values", "", cause);
  if (!varies_over(n.axes, p.tables().data_plate)) return f(p.engine().global());
  p.engine().for_each_shard(batch.size(), [&](std::size_t, context<T>& c) { f(c); });
}

/// Appends the values of a node's rows in a context.
template <class T>
void append_values(program<T>& p, node_id of, context<T>& c, std::vector<T>& out) {
  const tensor<T> v = p.engine().view(of, c);
  out.insert(out.end(), v.value, v.value + p.engine().rows_of(of, c).rows * v.size);
}

/// The value below which a share of sorted ones lies, between two of them on a straight line.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Figures of draws, number by number.
struct figures {
  std::vector<double> mean, sd, q5, median, q95;

  /// Of draws [count, values].
  template <class T>
  void add(const std::vector<T>& draws, std::size_t count) {
    const std::size_t values = draws.size() / count;
    std::vector<double> of_one(count);
    for (std::size_t i = 0; i < values; ++i) {
      for (std::size_t draw = 0; draw < count; ++draw)
        of_one[draw] = static_cast<double>(draws[draw * values + i]);
      std::sort(of_one.begin(), of_one.end());
      mean.push_back(sum_of(of_one) / static_cast<double>(count));
      double square = 0;
      for (const double x : of_one) square += (x - mean.back()) * (x - mean.back());
      sd.push_back(std::sqrt(square / static_cast<double>(count - 1)));
      q5.push_back(quantile(of_one, 0.05));
      median.push_back(quantile(of_one, 0.5));
      q95.push_back(quantile(of_one, 0.95));
    }
  }
};

}  // namespace

void refuse_values(std::string_view query, std::string_view statement, const std::string& cause) {
  std::string text = std::string(query) + ": ";
  if (!statement.empty()) text += "what '" + std::string(statement) + "' adds is not finite: ";
  throw error(text + (cause.empty() ? "no cause was found" : cause));
}

template <class T>
mean_weights log_mean_weights(program<T>& p, const loaded_data<T>& data, std::size_t count,
                              std::uint64_t seed) {
  mean_weights out;
  const double n = static_cast<double>(count);
  const auto chunk = static_cast<std::size_t>(p.tables().objective.importance);
  p.for_each_batch(data.rows, query_batch, [&](std::span<const std::uint32_t> rows) {
    std::vector<running_logsumexp> sums(std::max<std::size_t>(rows.size(), 1)),
        squares(sums.size());
    std::string_view statement;
    std::string cause;
    for (std::size_t done = 0; done < count; done += chunk) {
      const step_result found = p.engine().forward(
          data.rows, rows, {seed, evaluation_step - 1 - done, 0, 1.0}, purpose::bound);
      if (statement.empty()) {
        statement = found.non_finite_node;
        cause = found.cause;
      }
      p.engine().for_each_shard(rows.size(), [&](std::size_t begin, context<T>& c) {
        for (std::size_t k = 0; k < std::min(chunk, count - done); ++k)
          for (std::size_t r = 0; r < c.rows; ++r) {
            const auto w = static_cast<double>(c.log_weight[k * c.rows + r]);
            sums[begin + r].add(w);
            squares[begin + r].add(2 * w);
          }
      });
    }
    // Without a plate one weight is of everything.
    if (exists(p.tables().data_plate)) out.outside = p.engine().outside_objective();
    if (!std::isfinite(out.outside)) refuse_values("log_likelihood", statement, cause);
    for (std::size_t r = 0; r < sums.size(); ++r) {
      const double log_mean = sums[r].value() - std::log(n);
      if (!std::isfinite(log_mean)) refuse_values("log_likelihood", statement, cause);
      out.log_mean.push_back(log_mean);
      const double spread = std::exp(squares[r].value() - std::log(n) - 2 * log_mean) - 1;
      out.standard_error.push_back(count > 1 ? std::sqrt(std::max(0.0, spread) / (n - 1))
                                             : std::numeric_limits<double>::infinity());
    }
  });
  return out;
}

template <class T>
array<T> values_of_node(program<T>& p, const loaded_data<T>& data, node_id of, std::uint64_t seed,
                        std::uint64_t draw) {
  const node& n = p.tables().nodes[of];
  std::vector<T> out;
  for_each_batch_of(p, data, n, [&](const dataset<T>& rows, auto batch) {
    run_draw(p, n, n.depends, rows, batch, seed, draw,
             [&](context<T>& c) { append_values(p, of, c, out); });
  });
  return as_array(out, extents_of(p, n, n.event, data.rows.rows()));
}

template <class T>
array<T> made_at_node(program<T>& p, const loaded_data<T>& data, node_id at, std::size_t first,
                      const family_code<T>& code, std::uint64_t seed, std::uint64_t draw) {
  const node& n = p.tables().nodes[at];
  const shape full = code.value_shape(n.declared);
  const auto size = static_cast<std::size_t>(full.size());
  std::vector<T> out;
  const auto append = [&](context<T>& c) {
    if (const std::string cause = p.engine().check_parameters(at, c); !cause.empty())
      refuse_values("drawing values", "", cause);
    if (n.what == role::draw && p.engine().drew_from_prior(n.latent))
      throw error("found rows that training did not see, and the guide has no distribution of '" +
                  std::string(n.label) + "' for them: posterior<...> draws them from the prior");
    draw_rows<T> d;
    const row_layout r = p.engine().rows_of(at, c);
    d.extent = r.extent;
    d.rows = r.rows;
    d.variables = static_cast<std::size_t>(n.declared.size());
    d.parameter_count = code.parameter_count;
    for (std::size_t j = 0; j < code.parameter_count; ++j) {
      d.parameters[j] = p.engine().view(n.inputs[j + first], c);
      d.full[j] = static_cast<std::size_t>(code.parameter_shape(j, n.declared).size());
    }
    d.random = make_stream(seed, evaluation_step - draw, hash_name(n.label));
    if (varies_over(n.axes, p.tables().data_plate)) {
      d.plate_axis = axis_of(p.tables().data_plate);
      d.row_ids = c.row_ids.data();
    }
    d.scratch = c.scratch.data();
    out.resize(out.size() + r.rows * size);
    code.write(d, out.data() + out.size() - r.rows * size, size);
    if (!n.has_gaps) return;
    d.value.value = out.data() + out.size() - r.rows * size;
    d.value.size = size;
    const bool drawn = n.what == role::draw;
    d.data = p.engine().view(n.inputs[drawn ? n.arity : 0], c);
    d.known = p.engine().view(n.inputs[n.arity + 1], c);
    code.condition(d);
    if (!std::all_of(d.value.value, d.value.value + r.rows * size,
                     [](T x) { return std::isfinite(x); }))
      refuse_values("drawing values", "",
                    "what is missing of '" + std::string(n.label) +
                        "' given what is there is not finite: look for a scale near 0");
  };
  for_each_batch_of(p, data, n, [&](const dataset<T>& rows, auto batch) {
    run_draw(p, n, n.depends, rows, batch, seed, draw, append);
  });
  return as_array(out, extents_of(p, n, full, data.rows.rows()));
}

template <class T>
std::vector<latent_summary> summaries_of_nodes(program<T>& p, const loaded_data<T>& data,
                                               const std::vector<node_id>& nodes, std::size_t count,
                                               std::uint64_t seed) {
  if (count < 2) throw error("summary: found 1 draw, expected at least two: samples(1000)");
  std::vector<figures> found(nodes.size());
  const node& first = p.tables().nodes[nodes.front()];
  latent_set depends = 0;
  for (const node_id i : nodes) depends |= p.tables().nodes[i].depends;
  for_each_batch_of(p, data, first, [&](const dataset<T>& rows, auto batch) {
    std::vector<std::vector<T>> drawn(nodes.size());  // of each [count, values of the batch]
    for (std::size_t draw = 0; draw < count; ++draw)
      run_draw(p, first, depends, rows, batch, seed, draw, [&](context<T>& c) {
        for (std::size_t i = 0; i < nodes.size(); ++i) append_values(p, nodes[i], c, drawn[i]);
      });
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!std::all_of(drawn[i].begin(), drawn[i].end(), [](T x) { return std::isfinite(x); }))
        refuse_values("summary", "",
                      "a draw of '" + std::string(p.tables().nodes[nodes[i]].variable) +
                          "' is not finite: look for a scale out of range");
      found[i].add(drawn[i], count);
    }
  });
  std::vector<latent_summary> out;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const node& n = p.tables().nodes[nodes[i]];
    const auto dims = extents_of(p, n, n.event, data.rows.rows());
    const figures& f = found[i];
    out.push_back({std::string(n.variable), as_array(f.mean, dims), as_array(f.sd, dims),
                   as_array(f.q5, dims), as_array(f.median, dims), as_array(f.q95, dims)});
  }
  return out;
}

template <class T>
posterior_summary summary_of_guide(program<T>& p, const loaded_data<T>& data, std::size_t count,
                                   std::uint64_t seed) {
  const auto& nodes = p.tables().nodes;
  std::vector<node_id> drawn, of_rows, outside;
  for (const node_id i : nodes.ids())
    if (nodes[i].in_guide && is_variable_drawn(nodes[i])) {
      drawn.push_back(i);
      (varies_over(nodes[i].axes, p.tables().data_plate) ? of_rows : outside).push_back(i);
    }
  std::map<node_id, latent_summary> found;
  for (const auto& some : {outside, of_rows}) {
    if (some.empty()) continue;
    std::vector<latent_summary> all = summaries_of_nodes(p, data, some, count, seed);
    for (std::size_t i = 0; i < some.size(); ++i) found.emplace(some[i], std::move(all[i]));
  }
  posterior_summary out;
  for (const node_id i : drawn) out.latents.push_back(std::move(found.at(i)));
  return out;
}

template <class T>
array<T> stack_draws(std::size_t count, const array_of_draw<T>& f) {
  const array<T> first = f(0);
  std::vector<std::size_t> dims{count};
  dims.insert(dims.end(), first.shape().begin(), first.shape().end());
  std::vector<T> values(first.begin(), first.end());
  values.reserve(count * first.size());
  for (std::uint64_t k = 1; k < count; ++k) {
    const array<T> draw = f(k);
    values.insert(values.end(), draw.begin(), draw.end());
  }
  return as_array(values, dims);
}

template <class T>
array<T> average_draws(std::size_t count, const array_of_draw<T>& f) {
  array<T> average = f(0);
  for (std::uint64_t k = 1; k < count; ++k) {
    const array<T> draw = f(k);
    for (std::size_t i = 0; i < average.size(); ++i)
      average.data()[i] += (draw.data()[i] - average.data()[i]) / static_cast<T>(k + 1);
  }
  return average;
}

template <class T>
array<T> in_rows_or_draws(
    const program_tables<T>& t, node_id at, std::size_t n,
    const std::function<array<T>(const loaded_data<T>& rows, std::uint64_t draw)>& f) {
  if (n == 0) throw error("generate or sample: found 0 rows, expected at least one");
  if (!varies_over(t.nodes[at].axes, t.data_plate))
    return stack_draws<T>(n, [&](std::uint64_t draw) { return f(loaded_data<T>{}, draw); });
  const plate_info& plate = t.plates[t.data_plate];
  if (plate.size > 0 && n != plate.size)
    throw error("generate or sample: found " + std::to_string(n) + " rows, expected the " +
                std::to_string(plate.size) + " that plate '" + std::string(plate.name) +
                "' has; another seed gives another draw of them");
  return f(counted_rows<T>(n), 0);
}

template mean_weights log_mean_weights(program<float>&, const loaded_data<float>&, std::size_t,
                                       std::uint64_t);
template array<float> values_of_node(program<float>&, const loaded_data<float>&, node_id,
                                     std::uint64_t, std::uint64_t);
template array<float> made_at_node(program<float>&, const loaded_data<float>&, node_id, std::size_t,
                                   const family_code<float>&, std::uint64_t, std::uint64_t);
template std::vector<latent_summary> summaries_of_nodes(program<float>&, const loaded_data<float>&,
                                                        const std::vector<node_id>&, std::size_t,
                                                        std::uint64_t);
template posterior_summary summary_of_guide(program<float>&, const loaded_data<float>&, std::size_t,
                                            std::uint64_t);
template array<float> stack_draws(std::size_t, const array_of_draw<float>&);
template array<float> average_draws(std::size_t, const array_of_draw<float>&);
template array<float> in_rows_or_draws(
    const program_tables<float>&, node_id, std::size_t,
    const std::function<array<float>(const loaded_data<float>&, std::uint64_t)>&);
template mean_weights log_mean_weights(program<double>&, const loaded_data<double>&, std::size_t,
                                       std::uint64_t);
template array<double> values_of_node(program<double>&, const loaded_data<double>&, node_id,
                                      std::uint64_t, std::uint64_t);
template array<double> made_at_node(program<double>&, const loaded_data<double>&, node_id,
                                    std::size_t, const family_code<double>&, std::uint64_t,
                                    std::uint64_t);
template std::vector<latent_summary> summaries_of_nodes(program<double>&,
                                                        const loaded_data<double>&,
                                                        const std::vector<node_id>&, std::size_t,
                                                        std::uint64_t);
template posterior_summary summary_of_guide(program<double>&, const loaded_data<double>&,
                                            std::size_t, std::uint64_t);
template array<double> stack_draws(std::size_t, const array_of_draw<double>&);
template array<double> average_draws(std::size_t, const array_of_draw<double>&);
template array<double> in_rows_or_draws(
    const program_tables<double>&, node_id, std::size_t,
    const std::function<array<double>(const loaded_data<double>&, std::uint64_t)>&);

}  // namespace variad::internals
