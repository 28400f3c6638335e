#pragma once

// The members of an update rule, one a piece, for cases that leave one out.
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;

struct rated {
  schedule rate = 1e-3;
};
struct named {
  static constexpr std::string_view name = "mine";
};
struct with_a_slot {
  static constexpr std::size_t slots = 1;
};
struct checking {
  void check() const {}
};
struct updating {
  template <class T>
  void update(std::uint64_t, double rate_now, std::span<T> p, std::span<const T> g,
              std::array<T*, 1>) const {
    for (std::size_t i = 0; i < p.size(); ++i) p[i] += static_cast<T>(rate_now) * g[i];
  }
};

template <class Rule>
fit_options options_with() {
  return {.epochs = 3, .optimizer = Rule{}};
}

}  // namespace wrong
