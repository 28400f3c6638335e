// expect: a program has at most 64 latents: declare several variables as one
// expect: too_many_latents<variad::named<'z', '6', '4'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
consteval internals::fixed_string<4> numbered(std::size_t i) {
  const char text[] = {'z', static_cast<char>('0' + i / 10), static_cast<char>('0' + i % 10), '\0'};
  return text;
}
template <std::size_t I>
constexpr auto draw_of() {
  return latent<numbered(I)> = ~normal(0, 1);
}
#ifdef VARIAD_FIXED  // 64 would do, and take the compiler long
using all = std::make_index_sequence<32>;
#else
using all = std::make_index_sequence<65>;
#endif
template <std::size_t... I>
constexpr auto fit(std::index_sequence<I...>) {
  return infer<elbo<1>>(model(draw_of<I>()...), guide(draw_of<I>()...));
}
}  // namespace wrong

int main() { auto vi = wrong::fit(wrong::all{}); }
