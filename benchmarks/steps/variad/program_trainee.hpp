#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <utility>

#include "steps/workload.hpp"
#include <xtensor/xadapt.hpp>

#include <variad/variad.hpp>

namespace steps {

/// The images as xtensor has them, [rows, 784].
inline ::variad::array<float> to_array(const images& data) {
  return xt::adapt(data.pixels, std::array<std::size_t, 2>{data.rows, images::width});
}

/// Steps of a resolved program on data that it has loaded.
template <class Inference>
class program_trainee : public trainee {
 public:
  program_trainee(Inference program, ::variad::loaded_data<float> data, unsigned threads)
      : program_(std::move(program)), data_(std::move(data)) {
    program_.use_threads(threads);
    program_.initialise(1);
  }

  double step(std::size_t first) override {
    // Where the program reads no images, its data are one row.
    const std::span<std::uint32_t> rows(rows_.data(), std::min(batch, data_.rows.rows()));
    std::iota(rows.begin(), rows.end(),
              rows.size() == batch ? static_cast<std::uint32_t>(first) : 0);
    return program_.step(data_, rows, how_).bound;
  }

 private:
  Inference program_;
  ::variad::loaded_data<float> data_;
  std::array<std::uint32_t, batch> rows_{};
  ::variad::optimizer how_ = ::variad::adam{1e-3};
};

/// Loads the data that are bound and makes the trainee.
template <class Inference, class... B>
std::unique_ptr<trainee> make_trainee(Inference program,
                                      const ::variad::internals::data_bindings<B...>& data,
                                      unsigned threads) {
  auto loaded = program.load(data);
  return std::make_unique<program_trainee<Inference>>(std::move(program), std::move(loaded),
                                                      threads);
}

}  // namespace steps
