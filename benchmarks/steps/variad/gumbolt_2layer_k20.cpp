#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {

std::unique_ptr<trainee> gumbolt_2layer_k20(const images& images, unsigned threads) {
  using namespace ::variad;
  using vae = models::gumbolt_vae<2, models::layers::nonlinear>;
  return make_trainee(infer<iwae<20>>(vae::model({.sweeps = 200, .log_z_every = 0}), vae::guide()),
                      data(vae::x = to_array(images)), threads);
}

}  // namespace steps::variad_programs
