#pragma once

#include "program.hpp"

namespace oracle {

/// What came out of some cases.
struct tally {
  std::size_t cases = 0, failed = 0;
  std::size_t numbers = 0;   ///< compared
  std::size_t repeated = 0;  ///< that were more than `threshold` errors off, and so compared again
};

/// A number is wrong if it is off by more than this many standard errors twice, in two sets of
/// draws, the second of 16 times the size; errors are estimated from 64 means.
constexpr double threshold = 4;
/// P(|t| > 4) for 63 degrees of freedom, squared: a false alarm of one number.
constexpr double false_alarm = 1.69e-4 * 1.69e-4;

/// Draws parameters, data, rows and a batch for a skeleton and compares the program with the
/// oracle. Says what differs, and the seed.
void check(const skeleton& s, std::uint64_t seed, tally& to);

}  // namespace oracle
