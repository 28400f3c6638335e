#pragma once

#include <variad/dsl/estimators/list.hpp>
#include <variad/dsl/families/list.hpp>
#include <variad/dsl/guides/guides.hpp>
#include <variad/dsl/inference/infer.hpp>
#include <variad/dsl/objectives/list.hpp>
#include <variad/dsl/ops/list.hpp>
