#pragma once

#include <cstddef>

#include <xtensor/xstorage.hpp>

#if defined(__clang__) && __clang_major__ >= 19
// Clang 19 matches template template parameters with default arguments (P0522), which makes two of
// xtensor's partial specializations fit its shape container. An exact specialization decides; it
// must stand before the first array.
template <>
struct xt::rebind_container<std::ptrdiff_t, xt::svector<std::size_t>> {
  using type = xt::svector<std::ptrdiff_t>;
};
template <>
struct xt::rebind_container<std::size_t, xt::svector<std::size_t>> {
  using type = xt::svector<std::size_t>;
};
#endif

#include <xtensor/xarray.hpp>

namespace variad {

/// An owning row-major array of any rank: the type in which data comes in and results go out.
template <class T>
using array = xt::xarray<T, xt::layout_type::row_major>;

}  // namespace variad
