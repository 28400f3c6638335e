#pragma once

#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>

#include <variad/dsl/estimators/arm.hpp>
#include <variad/dsl/estimators/ars.hpp>
#include <variad/dsl/estimators/ars_plus.hpp>
#include <variad/dsl/estimators/arsm.hpp>
#include <variad/dsl/estimators/arsm_plus.hpp>
#include <variad/dsl/estimators/darn.hpp>
#include <variad/dsl/estimators/direct_argmax.hpp>
#include <variad/dsl/estimators/disarm.hpp>
#include <variad/dsl/estimators/dvae.hpp>
#include <variad/dsl/estimators/dvae_plus_plus.hpp>
#include <variad/dsl/estimators/enumerate.hpp>
#include <variad/dsl/estimators/gumbel_softmax.hpp>
#include <variad/dsl/estimators/gumbolt.hpp>
#include <variad/dsl/estimators/importance_sampling.hpp>
#include <variad/dsl/estimators/local_expectation.hpp>
#include <variad/dsl/estimators/muprop.hpp>
#include <variad/dsl/estimators/nvil.hpp>
#include <variad/dsl/estimators/pathwise.hpp>
#include <variad/dsl/estimators/rebar.hpp>
#include <variad/dsl/estimators/reinmax.hpp>
#include <variad/dsl/estimators/relax.hpp>
#include <variad/dsl/estimators/score_function.hpp>
#include <variad/dsl/estimators/straight_through.hpp>
#include <variad/dsl/estimators/straight_through_gumbel_softmax.hpp>
#include <variad/dsl/estimators/vimco.hpp>

namespace variad {

namespace internals {

/// Every estimator of the library. The default rule takes the first whose `preferred` says yes.
inline constexpr auto estimator_list =
    hana::tuple_t<pathwise, gumbolt, gumbel_softmax, enumerate, direct_argmax,
                  score_function<baselines::leave_one_out>, score_function<baselines::moving>,
                  score_function<baselines::none>, nvil<>, importance_sampling, local_expectation,
                  arm, disarm, ars, ars_plus, arsm, arsm_plus, vimco, rebar, relax<>, muprop, darn,
                  straight_through_gumbel_softmax, straight_through, reinmax, dvae, dvae_plus_plus>;

}  // namespace internals
}  // namespace variad
