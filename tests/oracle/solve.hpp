#pragma once

#include <map>
#include <string>
#include <vector>

#include "model.hpp"

namespace oracle {

/// What a model is asked about: `rows` of the data plate, data by name (categories as numbers from
/// 0), and the weight of the divergence from the prior.
struct problem {
  std::size_t rows = 1;
  std::map<std::string, std::vector<double>> data{};
  std::map<std::string, std::vector<double>> parameters{};
  double kl_weight = 1;
};

/// A part of the objective in nats, and its derivative in every parameter.
struct part {
  double value = 0;
  std::map<std::string, std::vector<double>> gradient{};
};

/// The objective of all data in its parts, unscaled: what stands outside the data plate, and each
/// of its rows.
struct solution {
  part outside{};
  std::vector<part> rows{};
  bool per_datum = false;  ///< the data plate takes its size from the data

  /// The log joint of all data of which these rows stand for N/b times themselves, over N where the
  /// size comes from the data.
  [[nodiscard]] part objective(const std::vector<std::uint32_t>& batch) const;
};

/// How many numbers each block of parameters has.
std::map<std::string, std::size_t> parameter_sizes(const model& m, std::size_t rows);
/// How many numbers a column has.
std::size_t column_size(const model& m, const column& c, std::size_t rows);

/// By summing over values of discrete latents and by quadrature over continuous ones, each term
/// over what it depends on; derivatives by central differences.
solution solve(const model& m, const problem& p);

}  // namespace oracle
