#include <variad/runtime/optim/rules.hpp>

namespace variad::detail {

template class held_rule<adam>;
template class held_rule<adamw>;
template class held_rule<sgd>;

}  // namespace variad::detail
