#pragma once

#include <cstdint>
#include <string>

#include <variad/runtime/error.hpp>
#include <variad/runtime/schedule/schedule.hpp>

namespace variad::internals {

/// The value of a knob at a step. Throws `variad::error` naming the knob if it is not positive.
inline double positive_knob(const char* name, const schedule& knob, std::uint64_t step) {
  const double value = knob(step);
  if (value > 0) return value;
  throw error(std::string(name) + ": found " + std::to_string(value) + " at step " +
              std::to_string(step) + ", expected a positive number");
}

}  // namespace variad::internals
