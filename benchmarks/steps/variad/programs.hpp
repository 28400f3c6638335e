#pragma once

#include "steps/workload.hpp"

/// The workloads as programs of variad, each resolved by the compiler from a model and a guide.
namespace steps::variad_programs {

std::unique_ptr<trainee> direct_20x10(const images& data, unsigned threads);
std::unique_ptr<trainee> gsm_20x10(const images& data, unsigned threads);
std::unique_ptr<trainee> reinforce_loo_20x10(const images& data, unsigned threads);
std::unique_ptr<trainee> gaussian_vae_20(const images& data, unsigned threads);
std::unique_ptr<trainee> semi_supervised(const images& data, unsigned threads);
std::unique_ptr<trainee> cnn_bvae(const images& data, unsigned threads);
std::unique_ptr<trainee> rbm_gibbs(const images& data, unsigned threads);
std::unique_ptr<trainee> gumbolt_2layer_k20(const images& data, unsigned threads);

}  // namespace steps::variad_programs
