#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {

std::unique_ptr<trainee> cnn_bvae(const images& images, unsigned threads) {
  using namespace ::variad;
  using vae = models::cnn_bvae<>;
  return make_trainee(infer<elbo<5>>(vae::model(), vae::guide(score_function(leave_one_out))),
                      data(vae::x = to_array(images)), threads);
}

}  // namespace steps::variad_programs
