#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {

std::unique_ptr<trainee> gsm_20x10(const images& images, unsigned threads) {
  using namespace ::variad;
  using vae = models::discrete_vae<20, 10>;
  return make_trainee(infer<elbo<1>>(vae::model(), vae::guide(gumbel_softmax{})),
                      data(vae::x = to_array(images)), threads);
}

}  // namespace steps::variad_programs
