#pragma once

#include <variad/runtime/random/bernoulli.hpp>
#include <variad/runtime/random/engine.hpp>
#include <variad/runtime/random/gumbel.hpp>
#include <variad/runtime/random/laplace.hpp>
#include <variad/runtime/random/logistic.hpp>
#include <variad/runtime/random/normal.hpp>
#include <variad/runtime/random/stream.hpp>
#include <variad/runtime/random/threefry.hpp>
#include <variad/runtime/random/uniform.hpp>
