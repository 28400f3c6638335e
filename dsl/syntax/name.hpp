#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

namespace variad {

/// A name as a type. A character pack prints as `named<'z'>` in messages of every compiler.
template <char... C>
struct named {
  static constexpr char text[] = {C..., '\0'};
  static constexpr std::string_view view{text, sizeof...(C)};
};

namespace internals {

/// A string literal as a template argument: the `"x"` of `observed<"x", 784>`.
template <std::size_t N>
struct fixed_string {
  char text[N];
  static constexpr std::size_t length = N - 1;
  consteval fixed_string(const char (&s)[N]) {  // implicit, so that a literal fits
    for (std::size_t i = 0; i < N; ++i) text[i] = s[i];
  }
};

template <fixed_string S, std::size_t... I>
auto as_name(std::index_sequence<I...>) -> named<S.text[I]...>;

template <fixed_string S>
using to_name = decltype(as_name<S>(std::make_index_sequence<S.length>{}));

}  // namespace internals
}  // namespace variad
