#pragma once

#include <algorithm>
#include <cstdint>

#include <variad/dsl/contracts/rows.hpp>

namespace variad::internals {

/// What the random streams of rows are numbered by, row after row: the sample, and the place in the
/// plates, in the data plate by the id of the datum. Enumerated values and probes share a stream.
class stream_places {
 public:
  stream_places(const axis_extents& extent, std::size_t data_axis, const std::uint32_t* row_ids,
                std::size_t row)
      : ids_(data_axis < first_enumerated_axis ? row_ids : nullptr) {
    for (std::size_t a = first_plate_axis; a < first_enumerated_axis; ++a) {
      plates_ *= extent[a];
      if (a > data_axis) within_ *= extent[a];
    }
    if (ids_ != nullptr) data_ = extent[data_axis];
    for (std::size_t a = first_enumerated_axis; a < max_axes; ++a) shared_ *= extent[a];
    repeat_ = row % shared_;
    place_ = row / shared_ % plates_;
    sample_ = row / shared_ / plates_;
  }

  std::uint32_t sample() const { return static_cast<std::uint32_t>(sample_); }
  std::uint32_t id() const {
    if (ids_ == nullptr) return static_cast<std::uint32_t>(place_);
    if (plates_ == data_) return ids_[place_];
    const std::size_t outer = place_ / within_ / data_, datum = ids_[place_ / within_ % data_];
    return static_cast<std::uint32_t>((outer * data_ + datum) * within_ + place_ % within_);
  }
  /// Of `count` rows from here on, and goes on behind them.
  void take(std::size_t count, std::uint32_t* sample, std::uint32_t* id) {
    while (shared_ == 1 && count > 0 && (ids_ == nullptr || plates_ == data_)) {
      const std::size_t n = std::min(count, plates_ - place_);
      for (std::size_t l = 0; l < n; ++l) {
        sample[l] = this->sample();
        id[l] = ids_ != nullptr ? ids_[place_ + l] : static_cast<std::uint32_t>(place_ + l);
      }
      sample += n, id += n, count -= n, place_ += n;
      if (place_ == plates_) place_ = 0, ++sample_;
    }
    for (std::size_t l = 0; l < count; ++l) {
      sample[l] = this->sample();
      id[l] = this->id();
      next();
    }
  }

 private:
  void next() {
    if (++repeat_ < shared_) return;
    repeat_ = 0;
    if (++place_ < plates_) return;
    place_ = 0;
    ++sample_;
  }

  const std::uint32_t* ids_;
  std::size_t plates_ = 1, data_ = 1, within_ = 1, shared_ = 1;
  std::size_t repeat_, place_, sample_;
};

}  // namespace variad::internals
