#include <algorithm>
#include <array>

#include <variad/runtime/reduce/reduce.hpp>
#include <variad/runtime/simd/loop.hpp>

namespace variad::internals {
namespace {

template <class T>
void add(std::size_t n, const T* x, const T* y, T* to) {
  for_each_vector<T>(
      n, [&]<class V>(std::size_t j) { store(to + j, V(load_as<V>(x + j) + load_as<V>(y + j))); });
}

/// Values of a block, whose partial sums stay in the nearest cache while each leaf is read once.
template <class T>
inline constexpr std::size_t block = 1024 / sizeof(T);

/// Calls use(first, n, sum) for blocks of n values, the first of them `first` after those of the
/// share; the sum is null where no leaf adds anything.
template <class T, class Use>
void sum_blocks(std::span<const T* const> leaves, share values, Use&& use) {
  std::array<std::array<T, block<T>>, most_levels + 1> sums;
  std::array<const T*, most_levels + 1> at;  // a leaf's own values, or a sum
  for (std::size_t first = values.first; first < values.last; first += block<T>) {
    const std::size_t n = std::min(block<T>, values.last - first);
    const auto add_to = [&](std::size_t p, const T* x) {
      add(n, at[p], x, sums[p].data());
      at[p] = sums[p].data();
    };
    const bool any = reduce(
        {0, leaves.size()},
        [&](std::size_t i, std::size_t p, bool adds) {
          if (leaves[i] == nullptr) return false;
          if (adds)
            add_to(p, leaves[i] + first);
          else
            at[p] = leaves[i] + first;
          return true;
        },
        [&](std::size_t p) { add_to(p, at[p + 1]); });
    use(first - values.first, n, any ? at[0] : nullptr);
  }
}

}  // namespace

template <class T>
void sum_leaves(std::span<const T* const> leaves, share values, T* to) {
  sum_blocks(leaves, values, [&](std::size_t first, std::size_t n, const T* sum) {
    if (sum != nullptr)
      std::copy_n(sum, n, to + first);
    else
      std::fill_n(to + first, n, T(0));
  });
}

template <class T>
void add_leaves(std::span<const T* const> leaves, share values, T* to) {
  sum_blocks(leaves, values, [&](std::size_t first, std::size_t n, const T* sum) {
    if (sum != nullptr) add(n, to + first, sum, to + first);
  });
}

double sum_of(std::span<const double> values) {
  std::array<double, most_levels + 1> at{};
  reduce(
      {0, values.size()},
      [&](std::size_t i, std::size_t p, bool adds) {
        at[p] = adds ? at[p] + values[i] : values[i];
        return true;
      },
      [&](std::size_t p) { at[p] += at[p + 1]; });
  return at[0];
}

template void sum_leaves(std::span<const float* const>, share, float*);
template void sum_leaves(std::span<const double* const>, share, double*);
template void add_leaves(std::span<const float* const>, share, float*);
template void add_leaves(std::span<const double* const>, share, double*);

}  // namespace variad::internals
