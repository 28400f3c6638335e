#pragma once

#include <variad/runtime/optim/adam.hpp>
#include <variad/runtime/optim/adamw.hpp>
#include <variad/runtime/optim/optimizer.hpp>
#include <variad/runtime/optim/sgd.hpp>

/// The update rules that are built in. A rule that is named below is compiled once, in rules.cpp.
namespace variad::internals {

extern template class held_rule<adam>;
extern template class held_rule<adamw>;
extern template class held_rule<sgd>;

}  // namespace variad::internals
