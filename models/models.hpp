#pragma once

#include <variad/models/categorical_vae.hpp>
#include <variad/models/cnn_vae.hpp>
#include <variad/models/discrete_vae.hpp>
#include <variad/models/fc_vae.hpp>
#include <variad/models/gaussian_vae.hpp>
#include <variad/models/gumbolt_vae.hpp>
#include <variad/models/linear_regression.hpp>
#include <variad/models/mixture_vae.hpp>
#include <variad/models/semi_supervised_vae.hpp>
