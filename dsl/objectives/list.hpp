#pragma once

// Every objective of the library.
#include <variad/dsl/objectives/doubly_reparameterized.hpp>
#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/dsl/objectives/renyi.hpp>
#include <variad/dsl/objectives/reweighted_wake_sleep.hpp>
#include <variad/dsl/objectives/sticking_the_landing.hpp>
