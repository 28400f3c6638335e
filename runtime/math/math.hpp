#pragma once

#include <variad/runtime/math/activation.hpp>
#include <variad/runtime/math/arithmetic.hpp>
#include <variad/runtime/math/edges.hpp>
#include <variad/runtime/math/elementary.hpp>
#include <variad/runtime/math/softmax.hpp>
#include <variad/runtime/math/special.hpp>
#include <variad/runtime/math/trigonometric.hpp>
