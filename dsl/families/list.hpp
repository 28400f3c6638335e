#pragma once

#include <variad/dsl/families/bernoulli.hpp>
#include <variad/dsl/families/bernoulli_by_probs.hpp>
#include <variad/dsl/families/boltzmann.hpp>
#include <variad/dsl/families/categorical.hpp>
#include <variad/dsl/families/flat.hpp>
#include <variad/dsl/families/gamma.hpp>
#include <variad/dsl/families/laplace.hpp>
#include <variad/dsl/families/log_normal.hpp>
#include <variad/dsl/families/multivariate_normal.hpp>
#include <variad/dsl/families/normal.hpp>
#include <variad/dsl/families/polynomial_boltzmann.hpp>
#include <variad/dsl/families/restricted_boltzmann.hpp>
