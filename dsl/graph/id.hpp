#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <type_traits>
#include <vector>

namespace variad::internals {

// Where things stand in the tables of a graph. Each is of a type of its own, so that no place is
// taken for another. They are enumerations because passes hold thousands of them: the compiler
// treats them as numbers, not as objects.
enum class node_id : std::int16_t { none = -1 };
enum class latent_id : std::int16_t { none = -1 };
enum class plate_id : std::int16_t { none = -1 };

template <class Id>
concept graph_id = std::is_enum_v<Id>;

template <graph_id Id>
constexpr bool exists(Id i) {
  return i != Id::none;
}
template <graph_id Id>
constexpr std::size_t index_of(Id i) {
  return static_cast<std::size_t>(i);
}
template <graph_id Id>
constexpr Id id_at(std::size_t index) {
  return static_cast<Id>(index);
}
/// The id that stands `count` places behind another.
template <graph_id Id>
constexpr Id after(Id i, std::size_t count = 1) {
  return static_cast<Id>(static_cast<std::size_t>(i) + count);
}

/// The ids from `first` on, before `last`.
template <class Id>
struct id_range {
  struct iterator {
    Id at;
    constexpr Id operator*() const { return at; }
    constexpr iterator& operator++() {
      at = after(at);
      return *this;
    }
    constexpr bool operator==(const iterator&) const = default;
  };
  Id first, last;
  constexpr iterator begin() const { return {first < last ? first : last}; }
  constexpr iterator end() const { return {last}; }
};
/// The first `count` ids.
template <class Id>
constexpr id_range<Id> ids(std::size_t count) {
  return {Id{}, id_at<Id>(count)};
}

/// A table whose places are ids: no other number finds an item.
template <class Id, class Items>
struct indexed {
  Items items{};

  constexpr decltype(auto) operator[](Id i) { return items[static_cast<std::size_t>(i)]; }
  constexpr decltype(auto) operator[](Id i) const { return items[static_cast<std::size_t>(i)]; }
  constexpr std::size_t size() const { return std::size(items); }
  constexpr bool empty() const { return size() == 0; }
  constexpr id_range<Id> ids() const { return internals::ids<Id>(size()); }
  constexpr auto begin() { return std::begin(items); }
  constexpr auto begin() const { return std::begin(items); }
  constexpr auto end() { return std::end(items); }
  constexpr auto end() const { return std::end(items); }
};
template <class Id, class T, std::size_t N>
using id_array = indexed<Id, T[N]>;
template <class Id, class T>
using id_span = indexed<Id, std::span<T>>;
template <class Id, class T>
using id_vector = indexed<Id, std::vector<T>>;

/// Up to Max items in their order, as a constant.
template <class T, std::size_t Max>
struct short_list {
  T items[Max]{};
  std::size_t count = 0;

  constexpr std::size_t size() const { return count; }
  constexpr void push_back(T x) { items[count++] = x; }
  constexpr T& operator[](std::size_t i) { return items[i]; }
  constexpr const T& operator[](std::size_t i) const { return items[i]; }
  constexpr const T* begin() const { return items; }
  constexpr const T* end() const { return items + count; }
  constexpr bool holds(T x) const {
    for (std::size_t i = 0; i < count; ++i)
      if (items[i] == x) return true;
    return false;
  }
};

}  // namespace variad::internals
