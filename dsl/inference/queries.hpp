#pragma once

#include <cmath>
#include <limits>

#include <variad/dsl/inference/data.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/runtime/data/array.hpp>
#include <variad/runtime/math/running_logsumexp.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// Rows that a query runs at a time.
inline constexpr std::size_t query_batch = 100;

template <class T>
array<T> as_array(const std::vector<T>& values, const std::vector<std::size_t>& dims) {
  array<T> out(typename array<T>::shape_type(dims.begin(), dims.end()));
  std::copy(values.begin(), values.end(), out.begin());
  return out;
}

/// Throws `variad::error`: what a query found is not finite.
[[noreturn]] inline void refuse_values(std::string_view query, std::string_view statement,
                                       const std::string& cause) {
  std::string text = std::string(query) + ": ";
  if (!statement.empty()) text += "what '" + std::string(statement) + "' adds is not finite: ";
  throw error(text + (cause.empty() ? "no cause was found" : cause));
}

/// Runs a program forward, in batches of all rows where a node is of them, and calls f(context) for
/// each context that holds some of the node's rows, in order. Throws `variad::error` for a
/// parameter of a draw that is not what its family needs.
template <class R, class T, class F>
void for_each_context_of(program<R, T>& p, const loaded_data<T>& data, const node& n,
                         std::uint64_t seed, std::uint64_t draw, F&& f) {
  const bool of_rows = varies_over(n.axes, p.tables().data_plate);
  const dataset<T> none;
  const dataset<T>& rows = of_rows ? data.rows : none;
  p.for_each_batch(rows, query_batch, [&](std::span<const std::uint32_t> batch) {
    p.engine().forward(rows, batch, {seed, evaluation_step - draw, 0, 1.0}, purpose::values);
    if (const std::string cause = p.engine().check_draws(n.depends); !cause.empty())
      refuse_values("drawing values", "", cause);
    if (!of_rows) return f(p.engine().global());
    p.engine().for_each_shard(batch.size(), [&](std::size_t, context<T>& c) { f(c); });
  });
}

/// log (1/n) Σ exp(log weight) of every datum, with its standard error, and what stands outside the
/// data plate.
struct mean_weights {
  std::vector<double> log_mean, standard_error;
  double outside = 0;
};

/// Over n = `count` samples; `chunk` is how many samples the program R draws at a time. The
/// standard error is that of the mean weight over the mean weight. Throws `variad::error` where a
/// weight is NaN, or none is above zero.
template <class R, class T>
mean_weights log_mean_weights(program<R, T>& p, const loaded_data<T>& data, std::size_t chunk,
                              std::size_t count, std::uint64_t seed) {
  mean_weights out;
  const double n = static_cast<double>(count);
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

/// The extents of the plates that a node stands in, then of its event.
template <class T>
std::vector<std::size_t> extents_of(const program_tables<T>& t, const node& n, const shape& event,
                                    std::size_t data_rows) {
  std::vector<std::size_t> dims;
  for (const plate_id q : t.plates.ids())
    if (varies_over(n.axes, q)) dims.push_back(q == t.data_plate ? data_rows : t.plates[q].size);
  for (int d = 0; d < event.rank; ++d) dims.push_back(static_cast<std::size_t>(event[d]));
  return dims;
}

/// The value of a node for all data: [rows, event...], or [event...] outside the data plate; other
/// plates come before the event. Each `draw` of a seed has noise of its own.
template <class R, class T>
array<T> values_of_node(program<R, T>& p, const loaded_data<T>& data, node_id of,
                        std::uint64_t seed, std::uint64_t draw = 0) {
  const program_tables<T>& t = p.tables();
  const node& n = t.nodes[of];
  std::vector<T> out;
  for_each_context_of(p, data, n, seed, draw, [&](context<T>& c) {
    const tensor<T> v = p.engine().view(of, c);
    out.insert(out.end(), v.value, v.value + p.engine().rows_of(of, c).rows * v.size);
  });
  return as_array(out, extents_of(t, n, n.event, data.rows.rows()));
}

/// The means of a draw or density of the family at its parameters, which begin at input `first`;
/// shaped as its values.
template <class Family, class R, class T>
array<T> means_of_node(program<R, T>& p, const loaded_data<T>& data, node_id at, std::size_t first,
                       std::uint64_t seed, std::uint64_t draw = 0) {
  const node& n = p.tables().nodes[at];
  const shape full = Family::value_shape(n.declared);
  const auto size = static_cast<std::size_t>(full.size());
  std::vector<T> out;
  for_each_context_of(p, data, n, seed, draw, [&](context<T>& c) {
    draw_rows<T> d;
    const row_layout r = p.engine().rows_of(at, c);
    d.extent = r.extent;
    d.rows = r.rows;
    d.variables = static_cast<std::size_t>(n.declared.size());
    d.parameter_count = Family::parameter_count;
    for (std::size_t j = 0; j < Family::parameter_count; ++j) {
      d.parameters[j] = p.engine().view(n.inputs[j + first], c);
      d.full[j] = static_cast<std::size_t>(Family::parameter_shape(j, n.declared).size());
    }
    d.scratch = c.scratch.data();
    const draw_site<Family, T> site(d);
    for (std::size_t row = 0; row < r.rows; ++row) {
      out.resize(out.size() + size);
      Family::mean(site.parameters(row), out.data() + out.size() - size, d.variables);
    }
  });
  return as_array(out, extents_of(p.tables(), n, full, data.rows.rows()));
}

/// f(0), f(1), ... one after the other: [count, ...].
template <class F>
auto stack_draws(std::size_t count, F&& f) {
  auto all = f(std::uint64_t{0});
  const std::size_t size = all.size();
  std::vector<std::size_t> dims{count};
  dims.insert(dims.end(), all.shape().begin(), all.shape().end());
  std::vector values(all.begin(), all.end());
  values.reserve(count * size);
  for (std::uint64_t k = 1; k < count; ++k) {
    const auto draw = f(k);
    values.insert(values.end(), draw.begin(), draw.end());
  }
  return as_array(values, dims);
}

/// The mean of f(0), f(1), ..., value by value.
template <class F>
auto average_draws(std::size_t count, F&& f) {
  auto average = f(std::uint64_t{0});
  using T = typename decltype(average)::value_type;
  for (std::uint64_t k = 1; k < count; ++k) {
    const auto draw = f(k);
    for (std::size_t i = 0; i < average.size(); ++i)
      average.data()[i] += (draw.data()[i] - average.data()[i]) / static_cast<T>(k + 1);
  }
  return average;
}

}  // namespace variad::internals
