#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <variad/dsl/code/family_code.hpp>
#include <variad/dsl/inference/program.hpp>
#include <variad/dsl/inference/read_data.hpp>
#include <variad/dsl/inference/summary.hpp>
#include <variad/runtime/data/array.hpp>
#include <variad/runtime/training/fit.hpp>

namespace variad::internals {

/// Rows that a query runs at a time.
inline constexpr std::size_t query_batch = 100;

/// Throws `variad::error`: what a query found is not finite.
[[noreturn]] void refuse_values(std::string_view query, std::string_view statement,
                                const std::string& cause);

/// log (1/n) Σ exp(log weight) of every datum, with its standard error, and what stands outside the
/// data plate.
struct mean_weights {
  std::vector<double> log_mean, standard_error;
  double outside = 0;
};

/// Over n = `count` samples, by a program that weighs them. The standard error is that of the mean
/// weight over the mean weight. Throws `variad::error` where a weight is NaN, or none is above
/// zero.
template <class T>
mean_weights log_mean_weights(program<T>& p, const loaded_data<T>& data, std::size_t count,
                              std::uint64_t seed);

/// The value of a node for all data: [rows, event...], or [event...] outside the data plate; other
/// plates come before the event. Each `draw` of a seed has noise of its own. Throws `variad::error`
/// for a parameter of a draw that is not what its family needs.
template <class T>
array<T> values_of_node(program<T>& p, const loaded_data<T>& data, node_id of, std::uint64_t seed,
                        std::uint64_t draw = 0);

/// What the family of a draw or density makes of its parameters, which begin at input `first`;
/// shaped as its values. A draw has the noise of its name, as `sample` of the model alone.
template <class T>
array<T> made_at_node(program<T>& p, const loaded_data<T>& data, node_id at, std::size_t first,
                      const family_code<T>& code, std::uint64_t seed, std::uint64_t draw = 0);

/// What the draws 0 .. count - 1 of nodes are like, all of which stand in the data plate, or none.
/// Rows are run in batches, so that no more than the draws of one stand in memory. Throws
/// `variad::error` for fewer than two draws.
template <class T>
std::vector<latent_summary> summaries_of_nodes(program<T>& p, const loaded_data<T>& data,
                                               const std::vector<node_id>& nodes, std::size_t count,
                                               std::uint64_t seed);
/// Of every latent that the guide draws.
template <class T>
posterior_summary summary_of_guide(program<T>& p, const loaded_data<T>& data, std::size_t count,
                                   std::uint64_t seed);

/// What is asked of one draw, or of its noise number 0, 1, ...
template <class T>
using array_of_draw = std::function<array<T>(std::uint64_t draw)>;

/// f(0), f(1), ... one after the other: [count, ...].
template <class T>
array<T> stack_draws(std::size_t count, const array_of_draw<T>& f);

/// The mean of f(0), f(1), ..., value by value.
template <class T>
array<T> average_draws(std::size_t count, const array_of_draw<T>& f);

/// n rows of the data plate in one draw, or n draws of what stands outside of it, by a program of
/// the model alone: [n, event...]. `f` is asked for the rows of a draw.
template <class T>
array<T> in_rows_or_draws(
    const program_tables<T>& t, node_id at, std::size_t n,
    const std::function<array<T>(const loaded_data<T>& rows, std::uint64_t draw)>& f);

}  // namespace variad::internals
