#include <vector>

#include "program_trainee.hpp"
#include "programs.hpp"

namespace steps::variad_programs {

std::unique_ptr<trainee> semi_supervised(const images& images, unsigned threads) {
  using namespace ::variad;
  using vae = models::semi_supervised_vae<>;
  std::vector<int> labels(images.rows, -1);
  for (std::size_t r = 0; r < labels.size(); r += 2) labels[r] = static_cast<int>(r / 2 % 10);
  return make_trainee(infer<elbo<1>>(vae::model(), vae::guide(direct_argmax{}, 10)),
                      data(vae::x = to_array(images), vae::category = labels), threads);
}

}  // namespace steps::variad_programs
