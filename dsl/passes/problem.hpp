#pragma once

#include <cstddef>

/// The mistakes that a program can hold, as compile errors. Each is a template over the names that
/// it has to do with, so that a message of any compiler shows them. A function whose call holds a
/// mistake has the mistake as (a base of) its return type: the compiler completes that type where
/// the user calls, so its message holds neither the graph's type nor a trace through the library.
namespace variad::internals::problem {

template <class...>
inline constexpr bool never = false;

/// The extents of an event.
template <int... Extents>
struct event {};
/// What was found, and what was expected.
template <class Found>
struct found {};
template <class Expected>
struct expected {};
template <class Name>
struct in_statement {};

template <class... Where>
struct name_stated_twice {
  static_assert(
      never<Where...>,
      "this name is stated twice: state each name once in the model and once in the guide");
};
template <class... Where>
struct used_before_it_is_stated {
  static_assert(never<Where...>, "this name is used before it is stated: move its statement up");
};
template <class... Where>
struct name_is_not_stated {
  static_assert(never<Where...>,
                "this name is used and stated nowhere: add `name = ...` before its first use, in "
                "the same model or guide");
};
template <class... Where>
struct latent_without_guide {
  static_assert(never<Where...>,
                "this latent of the model is not drawn in the guide: add `name = ~family(...)` to "
                "guide(...) (mean_field and full_rank draw latents on the real line alone: for a "
                "positive one state its logarithm, s = ~normal(0, 1), and read exp(s))");
};
template <class... Where>
struct latent_without_prior {
  static_assert(never<Where...>,
                "this latent is drawn in the guide and has no prior: add `name = ~family(...)` to "
                "model(...)");
};
template <class... Where>
struct draw_of_a_quantity {
  static_assert(never<Where...>,
                "a quantity is drawn here: declare it with latent<\"name\", dims...> or "
                "observed<\"name\", dims...>, or drop the `~`");
};
template <class... Where>
struct shapes_do_not_fit {
  static_assert(never<Where...>,
                "shapes do not fit: these inputs of the op neither agree nor broadcast, or are "
                "not such as it takes");
};
template <class... Where>
struct is_no_image {
  static_assert(never<Where...>,
                "shapes do not fit: this op reads an image [height, width, channels] that is no "
                "smaller than its kernel: reshape<28, 28, 1>(x) makes one of a single channel");
};
template <class... Where>
struct value_does_not_fit_its_density {
  static_assert(never<Where...>,
                "shapes do not fit: the model and the guide (or the data) give this variable "
                "different events");
};
template <class... Where>
struct parameters_do_not_fit {
  static_assert(
      never<Where...>,
      "shapes do not fit: a parameter of this draw has another event than the variable declares "
      "(sum(e) makes one number of an event)");
};
template <class... Where>
struct reads_another_plate {
  static_assert(
      never<Where...>,
      "this statement, or the network of its estimator, reads what varies over the rows of a "
      "plate that it does not stand in: state it in that plate, or take the rows together with "
      "sum(e, over<\"plate\">), if the plate has a stated size");
};
template <class... Where>
struct draw_reads_itself {
  static_assert(never<Where...>,
                "the parameters of this draw read the variable that is drawn: let them read other "
                "variables, or declare what it conditions on as given<\"name\", dims...>");
};
template <class... Where>
struct sum_over_no_plate {
  static_assert(never<Where...>,
                "over<\"name\"> names no plate that is stated before: write the name of a "
                "plate<\"name\", size> above");
};
template <class... Where>
struct sum_within_its_plate {
  static_assert(never<Where...>,
                "a sum over the rows of a plate stands within that plate: state it after the "
                "plate, outside of it");
};
template <class... Where>
struct sum_over_data_plate {
  static_assert(never<Where...>,
                "a sum over the rows of the plate that takes its size from the data cannot be made "
                "of a batch of them: give the plate a size, plate<\"name\", n>");
};
template <class... Where>
struct take_from_data_plate {
  static_assert(never<Where...>,
                "take(e, index) takes rows of the plate whose rows make batches, which are never "
                "all there: index rows of another plate, or declare what is taken as given data");
};
template <class... Where>
struct index_of_two_plates {
  static_assert(never<Where...>,
                "one column numbers the rows of two plates that take their sizes from the data: "
                "bind a column for each, or state what it numbers in one plate");
};
template <class... Where>
struct network_does_not_fit {
  static_assert(
      never<Where...>,
      "the network of this draw's estimator must give one number: dense<1>(...), or sum(...)");
};
template <class... Where>
struct plates_differ {
  static_assert(never<Where...>,
                "model and guide state this in different plates, or the plate with different "
                "sizes: write the same plate<\"name\", size> around it in both");
};
template <class... Where>
struct plate_names_differ {
  static_assert(never<Where...>,
                "the guide has the plate that takes its size from the data under another name: "
                "write the same plate<\"name\">(...) in both, or give this one a size, "
                "plate<\"name\", n>");
};
template <class... Where>
struct too_many_plates {
  static_assert(never<Where...>, "a program has at most 4 plates");
};
template <class... Where>
struct two_plates_without_size {
  static_assert(
      never<Where...>,
      "only one plate, not within another, can take its size from the data, beside those whose "
      "variables others read as take(variable, index), in this order, with a given variable as "
      "index: read them so, or give this one a size, plate<\"name\", n>");
};
template <class... Where>
struct observed_in_the_guide {
  static_assert(never<Where...>,
                "an observed variable is drawn in the guide: a guide draws latents only");
};
template <class... Where>
struct given_is_stated {
  static_assert(never<Where...>,
                "a given variable has a statement: declare it with observed<\"name\", dims...> if "
                "the model explains it");
};
template <class... Where>
struct supports_differ {
  static_assert(never<Where...>,
                "guide and model draw this latent from families with different supports");
};
template <class... Where>
struct cannot_be_drawn {
  static_assert(never<Where...>, "this family has no sampler: draw the variable from another one");
};
template <class... Where>
struct boltzmann_in_the_guide {
  static_assert(never<Where...>,
                "a Boltzmann machine is a prior and cannot be a guide: draw its units with "
                "`name = ~bernoulli(logits = ...)` in guide(...)");
};
template <class... Where>
struct shared_layers_differ {
  static_assert(never<Where...>,
                "a layer that is shared under one name has other parameters in this statement than "
                "where it stands first: give it the same op and inputs of the same event, or "
                "another name");
};
template <class... Where>
struct shared_layer_in_network {
  static_assert(
      never<Where...>,
      "a layer that is shared stands in the network of an estimator, which learns of other "
      "things than the model and the guide: give the network a layer of its own");
};
template <class... Where>
struct name_of_the_language {
  static_assert(
      never<Where...>,
      "a variable is called term or loss, which parameters of term(...) and loss(...) are "
      "called by: give it another name");
};
template <class... Where>
struct reads_gaps {
  static_assert(
      never<Where...>,
      "this variable may have gaps, and the guide does not draw what is missing: read it "
      "as filled(x, 0), or add `x = ~family(...)` to guide(...) (mean_field and full_rank draw "
      "latents alone)");
};
template <class... Where>
struct gaps_cannot_be_left_out {
  static_assert(
      never<Where...>,
      "the variables of this family depend on each other, and it has no marginals by which gaps in "
      "a row could be left out: add `x = ~family(...)` to guide(...), which draws what is missing, "
      "or explain x by a family of independent variables");
};
template <class... Where>
struct no_boltzmann_prior {
  static_assert(never<Where...>,
                "log_z<\"name\"> is of a latent whose prior is a Boltzmann machine, and no latent "
                "of this name has one");
};
template <class... Where>
struct weights_with_global_latents {
  static_assert(
      never<Where...>,
      "an importance weight, of the objective or of log_likelihood, is of a row of data, and a "
      "latent outside the data plate would need one of all data: use elbo<S>, and bound");
};
template <class... Where>
struct latent_without_path {
  static_assert(never<Where...>,
                "the objective learns along the path of every draw, and this latent has none: draw "
                "it from a continuous family by pathwise, or use the objective without its path");
};
template <class... Where>
struct path_through_coupled_rows {
  static_assert(never<Where...>,
                "the objective learns along the path of the draws and walks the guide back row by "
                "row, and this op couples the rows of a batch: leave it out, or use the objective "
                "without its path");
};
template <class... Where>
struct loss_beside_weighted_paths {
  static_assert(never<Where...>,
                "the objective weighs the path of each draw, by which a loss must not be weighed: "
                "leave loss(...) out, or use iwae or sticking_the_landing");
};
template <class... Where>
struct derivative_is_lost {
  static_assert(never<Where...>,
                "no derivative passes through the condition of select or a function without one, "
                "and the parameters that reach it here would not learn what it does: let data and "
                "draws alone reach a function, parameters or continuous draws alone a condition; "
                "or use a smooth op (sigmoid), or give function(...) a derivative");
};
template <class... Where>
struct surrogate_lacks_a_second_derivative {
  static_assert(
      never<Where...>,
      "the surrogate of this draw learns from the derivative of its gradient in drawn_value, and "
      "this op of it cannot be differentiated twice: let drawn_value reach dense layers, "
      "elementwise ops, and sum, mean, concat, slice, reshape or softmax alone; or give the op "
      "forward_along and pull_back_along (\"Add an op\" in docs/extending.md)");
};
template <class... Where>
struct not_a_source {
  static_assert(never<Where...>,
                "this variable is bound to what is no data: write x = npy(\"x.npy\") or "
                "idx(\"x.gz\") for a file, an xtensor array, a vector or a span of numbers with a "
                "row each, or source(values, {rows, n}) for rows of n numbers");
};
template <class... Where>
struct not_bound {
  static_assert(never<Where...>,
                "data(...) takes what each variable is bound to: data(x = images, y = labels)");
};
template <class... Where>
struct unknown_group {
  static_assert(
      never<Where...>,
      "groups<\"name\">(n) says how many rows a plate has that takes its size from the "
      "data and whose rows are indexed by take(e, index), and there is none of this name");
};
template <class... Where>
struct unknown_data {
  static_assert(
      never<Where...>,
      "data(...) binds a variable that neither the model nor the guide reads: drop it, or use it");
};
template <class... Where>
struct data_of_drawn {
  static_assert(
      never<Where...>,
      "data(...) binds a variable that is drawn here: declare it observed or partly_observed where "
      "it has data, and leave it out of generate and prior_sample, which draw all variables of the "
      "model but the given ones");
};
template <class... Where>
struct data_lacks {
  static_assert(never<Where...>,
                "data(...) lacks a variable that the model or the guide reads: bind each observed "
                "and given variable");
};
template <class... Where>
struct too_many_latents {
  static_assert(
      never<Where...>,
      "a program has at most 64 latents: declare several variables as one, latent<\"name\", n>");
};
template <class... Where>
struct too_many_inputs {
  static_assert(never<Where...>,
                "an op takes at most 8 inputs: put some of them together first, as "
                "concat(concat(a, b), c); a joint statement of the model names at most 8 latents");
};
template <class... Where>
struct too_many_enumerated {
  static_assert(
      never<Where...>,
      "at most 3 latents of a program are summed by enumerate: tell this one another estimator");
};
template <class... Where>
struct no_such_option {
  static_assert(
      never<Where...>,
      "fit has no option of this name, or none that takes this value: they are, in order, .epochs "
      ".batch .optimizer "
      ".kl_weight .clip_norm .seed .threads .checkpoint .checkpoint_every .resume .metrics "
      ".patience .progress .log .max_steps .on_epoch; a rate is the optimizer's, "
      ".optimizer = adam{1e-3}");
};
template <class... Where>
struct guide_before_model {
  static_assert(never<Where...>,
                "infer takes the model first and then the guide: infer<objective>(model, guide)");
};
template <class... Where>
struct objective_without_number {
  static_assert(never<Where...>,
                "an objective states its numbers of samples: infer<elbo<1>>(p, q), "
                "infer<iwae<20>>(p, q)");
};
template <class... Where>
struct no_guide {
  static_assert(
      never<Where...>,
      "infer takes a model and a guide: infer<objective>(p, q), where q is guide(...), or "
      "mean_field(p) for latents on the real line");
};
template <class... Where>
struct guide_draws_no_such_latent {
  static_assert(never<Where...>, "the guide draws no latent of this name");
};
template <class... Where>
struct model_observes_no_such_variable {
  static_assert(never<Where...>,
                "the model observes no variable of this name; posterior<\"name\"> and "
                "summary<\"name\"> are of latents");
};
template <class... Where>
struct model_draws_no_such_variable {
  static_assert(never<Where...>, "the model draws no variable of this name");
};
template <class... Where>
struct model_draws_it_with_others {
  static_assert(never<Where...>,
                "the model draws this variable together with others, and has no mean for it alone: "
                "use sample<...>");
};
template <class... Where>
struct boltzmann_has_no_mean {
  static_assert(never<Where...>,
                "a Boltzmann machine draws this variable, and has no mean in closed form: use "
                "sample<\"name\">(n), and average what you need");
};
template <class... Where>
struct boltzmann_has_no_draw_given_data {
  static_assert(never<Where...>,
                "a Boltzmann machine draws this variable whatever the data are: use "
                "sample<\"name\">(n)");
};
template <class... Where>
struct not_discrete {
  static_assert(never<Where...>,
                "probabilities<\"name\"> are of a discrete latent, drawn on its own, and this one "
                "is not: use summary<\"name\"> or posterior<\"name\">");
};

/// A line of text as a template argument: of its own length and within these limits, as Clang
/// prints shorter or padded text as numbers and cuts longer text.
template <std::size_t N>
struct line {
  char text[N + 1];
};
inline constexpr std::size_t shortest_line = 10, line_width = 30;
/// The reason of a verdict, a line each.
template <auto... Lines>
struct because {};
template <class Estimator, class... Where>
struct estimator_refuses {
  static_assert(
      never<Where...>,
      "the estimator told by .by(...) refuses this latent, for the reason in because<...>: leave "
      ".by(...) out for the compiler's choice, or change what the reason names");
};

}  // namespace variad::internals::problem
