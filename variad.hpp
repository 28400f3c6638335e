#pragma once

// The umbrella: all of variad.
#include <variad/dsl/dsl.hpp>
#include <variad/models/models.hpp>
#include <variad/runtime/io/png.hpp>
