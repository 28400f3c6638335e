#pragma once

#include <type_traits>

/// The value of a query: of an estimate, or the number that queries returned before they had one.
template <class R>
double value_of(const R& result) {
  if constexpr (std::is_arithmetic_v<R>)
    return result;
  else
    return result.value;
}
