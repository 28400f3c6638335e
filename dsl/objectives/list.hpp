#pragma once

// Every objective of the library.
#include <variad/dsl/objectives/doubly_reparameterized.hpp>
#include <variad/dsl/objectives/elbo.hpp>
#include <variad/dsl/objectives/iwae.hpp>
#include <variad/dsl/objectives/sticking_the_landing.hpp>
