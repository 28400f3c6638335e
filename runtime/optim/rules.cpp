#include <variad/runtime/optim/rules.hpp>

namespace variad::internals {

template class held_rule<adam>;
template class held_rule<adamw>;
template class held_rule<sgd>;

}  // namespace variad::internals
