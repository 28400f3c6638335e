#pragma once

// What words mistakes comes first, and in this order (the bare comments keep it): above each
// mistake compilers name the files that led to its words.
#include <variad/dsl/syntax/expression.hpp>
//
#include <variad/dsl/passes/problem.hpp>
//
#include <variad/dsl/families/normal.hpp>
//
#include <variad/dsl/families/list.hpp>

// The umbrella: all of variad.
#include <variad/dsl/dsl.hpp>
#include <variad/models/models.hpp>
#include <variad/runtime/io/png.hpp>
