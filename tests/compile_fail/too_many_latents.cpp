// expect: a program has at most 32 latents: declare several variables as one
// expect: too_many_latents<variad::name<'z', '3', '2'>
#include <variad/variad.hpp>

namespace wrong {
using namespace variad;
template <fixed_string Name>
constexpr auto draw_of() {
  return latent<Name> = ~normal(0, 1);
}
#ifdef VARIAD_FIXED
constexpr auto last = quantity<"h"> = 1.0;
#else
constexpr auto last = draw_of<"z32">();
#endif
constexpr auto q =
    guide(draw_of<"z0">(), draw_of<"z1">(), draw_of<"z2">(), draw_of<"z3">(), draw_of<"z4">(),
          draw_of<"z5">(), draw_of<"z6">(), draw_of<"z7">(), draw_of<"z8">(), draw_of<"z9">(),
          draw_of<"z10">(), draw_of<"z11">(), draw_of<"z12">(), draw_of<"z13">(), draw_of<"z14">(),
          draw_of<"z15">(), draw_of<"z16">(), draw_of<"z17">(), draw_of<"z18">(), draw_of<"z19">(),
          draw_of<"z20">(), draw_of<"z21">(), draw_of<"z22">(), draw_of<"z23">(), draw_of<"z24">(),
          draw_of<"z25">(), draw_of<"z26">(), draw_of<"z27">(), draw_of<"z28">(), draw_of<"z29">(),
          draw_of<"z30">(), draw_of<"z31">(), last);
constexpr auto p =
    model(draw_of<"z0">(), draw_of<"z1">(), draw_of<"z2">(), draw_of<"z3">(), draw_of<"z4">(),
          draw_of<"z5">(), draw_of<"z6">(), draw_of<"z7">(), draw_of<"z8">(), draw_of<"z9">(),
          draw_of<"z10">(), draw_of<"z11">(), draw_of<"z12">(), draw_of<"z13">(), draw_of<"z14">(),
          draw_of<"z15">(), draw_of<"z16">(), draw_of<"z17">(), draw_of<"z18">(), draw_of<"z19">(),
          draw_of<"z20">(), draw_of<"z21">(), draw_of<"z22">(), draw_of<"z23">(), draw_of<"z24">(),
          draw_of<"z25">(), draw_of<"z26">(), draw_of<"z27">(), draw_of<"z28">(), draw_of<"z29">(),
          draw_of<"z30">(), draw_of<"z31">(), last);
}  // namespace wrong

int main() { auto vi = variad::infer<variad::elbo<1>>(wrong::p, wrong::q); }
