#pragma once

#include <variad/dsl/graph/node.hpp>

namespace variad::internals {

template <class Graph>
class matcher {
 public:
  /// `model` is the first token of the model.
  constexpr matcher(Graph& g, node_id model) : g_(g), model_(model) {}

  constexpr void run() {
    for (const node_id i : g_.token_ids()) {
      if (!g_.ok()) return;
      if (i == model_) begin_model();
      g_[i].in_guide = i < model_;
      g_[i].plate = plate_;
      visit(i);
    }
    choose_data_plate();
    if (is_ancestral()) return;
    for (std::size_t b = 0; b < bindings_.size(); ++b)
      if (const binding& x = bindings_[b]; exists(x.latent) && !exists(x.density))
        return g_.fail(fault::latent_without_prior, x.value);
  }

 private:
  struct binding {
    std::string_view name;
    node_id value = node_id::none;
    bool guide = false, quantity = false;
    reading reads = reading::value;
    latent_id latent = latent_id::none;  ///< the draw that makes the value
    /// The model's statement of the latent or of the observed variable.
    node_id density = node_id::none;
  };

  constexpr void begin_model() {
    statement_begin_ = model_;
    stack_.count = 0;
  }
  /// Whether a model is read as its own guide.
  constexpr bool is_ancestral() const { return model_ == id_at<node_id>(g_.tokens); }

  constexpr void visit(node_id i) {
    node& n = g_[i];
    switch (n.token) {
      case node::token_kind::apply:
        if (n.drawn_value && exists(surrogate_of_)) return drawn_value(i);
        n.what = role::op;
        take_inputs(i, n.arity);
        if (!n.reduced_plate.empty()) {
          n.reduces = plate_named(n.reduced_plate);
          if (!exists(n.reduces)) return g_.fail(fault::no_such_plate, i);
          for (const node_id in : n.inputs) stand_in(in, n.reduces);
        }
        if (n.takes_rows) {
          n.reduces = other_plate(n.inputs[1]);
          if (exists(n.reduces)) stand_in(n.inputs[1], n.reduces);
        }
        push(i);
        break;
      case node::token_kind::refer:
        refer(i);
        break;
      case node::token_kind::define:
        if (exists(find(n.variable, n.in_guide))) g_.fail(fault::stated_twice, i);
        bind(n.variable, pop(), n.in_guide, true);
        end_statement(i, n.variable);
        break;
      case node::token_kind::draw:
        draw(i);
        break;
      case node::token_kind::network:
        network(i);
        break;
      case node::token_kind::part:
        part(i);
        break;
      case node::token_kind::density:
        density(i);
        break;
      case node::token_kind::data_density:
        data_density(i);
        break;
      case node::token_kind::term:
        n.what = role::term;
        take_inputs(i, 1);
        end_statement(i, n.of_training ? "loss" : "term");
        break;
      case node::token_kind::open:
        open(i);
        break;
      case node::token_kind::close:
        plate_ = g_.plates[plate_].parent;
        statement_begin_ = after(i);
        break;
    }
  }

  constexpr void refer(node_id i) {
    node& n = g_[i];
    if (n.reads != reading::value) return refer_to_data(i);
    node_id bound = find(n.variable, n.in_guide);
    if (!exists(bound) && n.kind == variable_kind::partly_observed) {
      // Nobody draws it: its own density is of the data.
      if (!n.in_guide && is_own_density(i)) return push(i);
      g_.fail(stated_later(i) ? fault::used_before_stated : fault::reads_gaps, i);
    } else if (!exists(bound) && n.kind == variable_kind::latent && !n.in_guide) {
      g_.fail(fault::latent_without_guide, i);
    } else if (!exists(bound) &&
               (n.kind == variable_kind::latent || n.kind == variable_kind::quantity)) {
      g_.fail(stated_later(i) ? fault::used_before_stated : fault::unknown_name, i);
    } else if (!exists(bound)) {
      bound = first_use_of_data(i);
    }
    check_order(i);
    push(bound);
  }

  /// Something of the data of a variable that may have gaps.
  constexpr void refer_to_data(node_id i) {
    const node& n = g_[i];
    // A model that is its own guide draws what is data elsewhere, and all of it.
    if (is_ancestral() && n.kind == variable_kind::partly_observed && n.reads == reading::column) {
      const node_id drawn = find(n.variable, true);
      if (!exists(drawn)) return g_.fail(fault::used_before_stated, i);
      return push(drawn);
    }
    node_id bound = find(n.variable, n.in_guide, n.reads);
    if (!exists(bound)) bound = first_use_of_data(i);
    if (n.reads == reading::column) check_order(i);
    push(bound);
  }
  /// The first use of data is its node. All that is read of a variable stands in one plate.
  constexpr node_id first_use_of_data(node_id i) {
    node& n = g_[i];
    n.what = role::data;
    for (const binding& x : bindings_) {
      const node& before = g_[x.value];
      if (x.name != n.variable || x.quantity) continue;
      if (before.what == role::data) {
        n.plate = before.plate;
        n.family = before.family;
        break;
      }
      // Of what is drawn here and is data elsewhere.
      if (is_ancestral() && before.what == role::draw && before.variables == 1)
        n.family = before.family;
    }
    bind(n.variable, i, n.in_guide, false, n.reads);
    return i;
  }
  /// What the model draws is there from its statement on, and not for its own parameters.
  constexpr void check_order(node_id i) {
    if (g_.ok() && !g_[i].in_guide && !is_own_density(i) && is_unstated(i))
      g_.fail(names_own_statement(i) ? fault::reads_itself : fault::used_before_stated, i);
  }

  constexpr void draw(node_id i) {
    node& n = g_[i];
    n.what = role::draw;
    if (n.kind == variable_kind::given) return g_.fail(fault::given_is_stated, i);
    if (n.kind == variable_kind::observed && !is_ancestral())
      return g_.fail(fault::observed_in_guide, i);
    if (n.kind == variable_kind::quantity) return g_.fail(fault::draw_of_no_latent, i);
    if (!n.family.can_sample) return g_.fail(fault::cannot_be_drawn, i);
    if (n.family.prior_only && !is_ancestral()) return g_.fail(fault::prior_in_guide, i);
    if (drawn_ == max_latents) return g_.fail(fault::too_many_latents, i);
    n.latent = id_at<latent_id>(drawn_);
    g_.latent(n.latent).draw = i;
    n.has_gaps = n.has_gaps && !is_ancestral();
    if (n.has_gaps) {
      short_list<node_id, max_inputs> in = take(n.arity + 3);  // data, known, missing, parameters
      g_.latent(n.latent).missing = in[2];
      for (std::size_t j = 3; j < in.size(); ++j) n.inputs.push_back(in[j]);
      n.inputs.push_back(in[0]);
      n.inputs.push_back(in[1]);
    } else {
      take_inputs(i, n.arity);
    }
    g_.latent(n.latent).own_term = id_at<node_id>(g_.tokens + drawn_++);
    if (n.drawn_value)
      surrogate_of_ = i;
    else if (n.variables == 1)
      name_drawn(i, i);
    end_statement(i, n.label);
  }

  /// One node of a surrogate, however often it is read.
  constexpr void drawn_value(node_id i) {
    latent_info& l = g_.latent(g_[surrogate_of_].latent);
    if (!exists(l.drawn_value)) {
      l.drawn_value = i;
      g_[i].what = role::op;
      g_[i].inputs.push_back(surrogate_of_);
    }
    push(l.drawn_value);
  }

  /// The end of the network of the estimator of the draw before it, a surrogate, or of the draw
  /// that follows.
  constexpr void network(node_id i) {
    const node_id drawn = surrogate_of_;
    if (!exists(drawn) && drawn_ == max_latents) return g_.fail(fault::too_many_latents, i);
    const latent_id l = exists(drawn) ? g_[drawn].latent : id_at<latent_id>(drawn_);
    g_[i].latent = l;
    g_.latent(l).network = pop();
    for (const node_id j : id_range<node_id>{id_at<node_id>(index_of(i) - g_[i].arity), i})
      if (g_[j].what == role::op) g_[j].network = l;
    if (!exists(drawn)) return;
    surrogate_of_ = node_id::none;
    if (g_[drawn].variables == 1) name_drawn(drawn, drawn);
    end_statement(i, g_[drawn].label);
  }

  constexpr void part(node_id i) {
    node& n = g_[i];
    n.what = role::op;
    n.inputs.push_back(g_.latent(id_at<latent_id>(drawn_ - 1)).draw);
    n.statement = g_[n.inputs[0]].statement;
    name_drawn(i, n.inputs[0]);
    statement_begin_ = after(i);
  }

  constexpr void name_drawn(node_id value, node_id draw_node) {
    if (exists(find(g_[value].variable, true))) g_.fail(fault::stated_twice, value);
    bind(g_[value].variable, value, true, false);
    bindings_[bindings_.size() - 1].latent = g_[draw_node].latent;
  }

  constexpr void density(node_id i) {
    node& n = g_[i];
    n.what = role::density;
    if (n.has_gaps) return density_with_gaps(i);
    take_inputs(i, n.arity + 1);
    if (n.kind == variable_kind::given) return g_.fail(fault::given_is_stated, i);
    if (n.kind == variable_kind::quantity) return g_.fail(fault::draw_of_no_latent, i);
    if (n.kind == variable_kind::observed) {
      binding& b = *binding_of(n.variable);
      if (exists(b.density)) return g_.fail(fault::stated_twice, i);
      b.density = i;
      node& value = g_[n.inputs[0]];
      value.plate = n.plate;  // data belong where they are explained
      value.family = n.family;
    } else {
      explain_all(i);
    }
    end_statement(i, n.label);
  }
  /// The statement begins with the names of its variables, however the guide groups them.
  constexpr void explain_all(node_id i) {
    for (std::size_t v = 0; v < g_[i].variables; ++v) {
      const node_id named = after(statement_begin_, v);
      for (std::size_t b = 0; b < bindings_.size(); ++b)
        if (exists(bindings_[b].latent) && bindings_[b].name == g_[named].variable)
          explain(bindings_[b], i, named);
    }
  }

  /// Of variables whose data may have gaps: the part of what is missing, which is drawn, or there
  /// is none; the token behind it is that of the data.
  constexpr void density_with_gaps(node_id i) {
    node& n = g_[i];
    const short_list<node_id, max_inputs> in = take(n.arity + 4);
    const node_id value = in[0], column = in[1], known = in[2], missing = in[3];
    of_data_ = {};
    n.inputs.push_back(value);
    of_data_.push_back(column);
    for (std::size_t j = 4; j < in.size(); ++j) {
      n.inputs.push_back(in[j]);
      of_data_.push_back(in[j]);
    }
    n.inputs.push_back(missing);
    of_data_.push_back(known);
    std::size_t drawn = 0;
    for (std::size_t v = 0; v < n.variables; ++v) {
      const std::string_view name = g_[after(statement_begin_, v)].variable;
      drawn += exists(find(name, true)) ? 1 : 0;
      for (std::size_t b = 0; b < bindings_.size(); ++b) {
        binding& x = bindings_[b];
        if (x.name != name || x.reads == reading::value) continue;
        if (exists(x.density)) return g_.fail(fault::stated_twice, i);
        x.density = i;
        g_[x.value].plate = n.plate;  // data belong where they are explained
        g_[x.value].family = n.family;
        if (n.variables > 1) g_[x.value].family.value_shape = nullptr;  // of all together
      }
    }
    if (drawn == n.variables) {
      explain_all(i);
    } else if (drawn > 0) {
      g_.fail(fault::latent_without_guide, after(statement_begin_, 0));
    } else {
      if (!n.leaves_gaps_out) return g_.fail(fault::gaps_cannot_be_left_out, i);
      n.what = g_[value].what = role::nothing;
      n.inputs = {};
    }
    all_drawn_ = drawn == n.variables;
    end_statement(i, n.label);
  }
  constexpr void data_density(node_id i) {
    node& n = g_[i];
    n.what = role::density;
    n.inputs = of_data_;
    n.drawn = all_drawn_;
    n.statement = n.label;
    statement_begin_ = after(i);
  }

  /// Notes that density i of the model is the prior of a latent, named there by token `name`.
  constexpr void explain(binding& b, node_id i, node_id name) {
    if (exists(b.density)) return g_.fail(fault::stated_twice, name);
    b.density = i;
    node& n = g_[i];
    n.latent = b.latent;
    const node_id at = g_.latent(b.latent).draw;
    const node& d = g_[at];
    g_.latent(b.latent).density = i;
    if (d.plate != n.plate) return plates_differ(n.plate, d.plate, name, at);
    if (d.label == n.label) {
      g_.latent(b.latent).prior = i;
    } else if (d.family.values != n.family.values) {
      g_.fail(fault::outside_support, b.value, i);
    }
  }

  constexpr void open(node_id i) {
    const node& n = g_[i];
    const plate_id stated = plate_named(n.variable),
                   p = exists(stated) ? stated : id_at<plate_id>(g_.plate_count);
    if (index_of(p) == max_plates) return g_.fail(fault::too_many_plates, i);
    plate_info& plate = g_.plates[p];
    if (!exists(stated)) {
      plate = {n.variable, n.plate_size, plate_};
      ++g_.plate_count;
      if (n.plate_size == 0 && exists(plate_)) return g_.fail(fault::two_data_plates, i);
    } else if (plate.size != n.plate_size || plate.parent != plate_) {
      return g_.fail(fault::plates_differ, i);
    }
    plate_ = p;
    statement_begin_ = after(i);
  }

  /// A latent stands in another plate of the model than of the guide: of another name, where each
  /// takes its size from the data and there is none of that name on the other side.
  constexpr void plates_differ(plate_id in_model, plate_id in_guide, node_id name, node_id draw) {
    const auto from_data = [&](plate_id p) {
      return exists(p) && g_.plates[p].size == 0 && !exists(g_.plates[p].parent);
    };
    if (from_data(in_model) && from_data(in_guide) && !exists(opens(in_model, true)) &&
        !exists(opens(in_guide, false)))
      return g_.fail(fault::plate_names_differ, opens(in_model, false), opens(in_guide, true));
    g_.fail(fault::plates_differ, name, draw);
  }
  /// The first token that opens a plate in the guide, or in the model.
  constexpr node_id opens(plate_id p, bool guide) const {
    for (const node_id i : g_.token_ids())
      if (g_[i].token == node::token_kind::open && g_[i].variable == g_.plates[p].name &&
          (i < model_) == guide)
        return i;
    return node_id::none;
  }

  /// The plate that takes its size from the data and that nothing indexes. The rows of a plate of
  /// stated size are made batches of, too, if it holds data, and nothing indexes them or takes them
  /// together: the first of those.
  constexpr void choose_data_plate() {
    id_array<plate_id, bool, max_plates> has_data{}, indexed{}, reduced{};
    for (const node_id i : g_.token_ids()) {
      const node& n = g_[i];
      if (exists(n.reduces)) (n.takes_rows ? indexed : reduced)[n.reduces] = true;
      const bool drawn = n.token == node::token_kind::draw || n.token == node::token_kind::density;
      const bool of_data =
          n.kind == variable_kind::observed || n.kind == variable_kind::partly_observed;
      if (n.what != role::data && !(drawn && of_data)) continue;
      for (plate_id p = n.plate; exists(p); p = g_.plates[p].parent) has_data[p] = true;
    }
    for (const plate_id p : g_.plate_ids()) {
      if (g_.plates[p].size > 0 || indexed[p]) continue;
      const node_id at = exists(opens(p, true)) ? opens(p, true) : opens(p, false);
      if (exists(g_.data_plate)) {
        const node_id other = opens(g_.data_plate, true);
        const bool names =
            exists(other) && !exists(opens(g_.data_plate, false)) && !exists(opens(p, true));
        return names ? g_.fail(fault::plate_names_differ, at, other)
                     : g_.fail(fault::two_data_plates, at);
      }
      g_.data_plate = p;
    }
    const node_id model = is_ancestral() ? node_id{} : model_;  // whatever the guide's order
    for (const node_id i : id_range<node_id>{model, id_at<node_id>(g_.tokens)}) {
      if (exists(g_.data_plate)) return;
      if (g_[i].token != node::token_kind::open) continue;
      const plate_id p = plate_named(g_[i].variable);
      if (!exists(g_.plates[p].parent) && has_data[p] && !indexed[p] && !reduced[p])
        g_.data_plate = p;
    }
  }

  /// The density or quantity at the end of the statement that token i stands in.
  constexpr const node& statement_of(node_id i) const {
    while (g_[i].token != node::token_kind::density && g_[i].token != node::token_kind::define &&
           g_[i].token != node::token_kind::term)
      i = after(i);
    return g_[i];
  }
  /// Whether token i names what its own statement's density is of: it stands first, and what is
  /// read of the data behind it, of several variables each time with a token that puts them
  /// together.
  constexpr bool is_own_density(node_id i) const {
    const node& end = statement_of(i);
    const std::size_t names = end.variables + (end.variables > 1 ? 1 : 0);
    return end.token == node::token_kind::density &&
           i < after(statement_begin_, end.has_gaps ? 4 * names : end.variables);
  }
  /// Whether token i, a parameter, names one of the variables that its statement is of.
  constexpr bool names_own_statement(node_id i) const {
    const node& end = statement_of(i);
    for (std::size_t v = 0; v < end.variables; ++v)
      if (end.token == node::token_kind::density &&
          g_[after(statement_begin_, v)].variable == g_[i].variable)
        return true;
    return false;
  }
  /// Whether token i of the model names a latent, or an observed variable that the model explains,
  /// whose statement is yet to come.
  constexpr bool is_unstated(node_id i) {
    const node& n = g_[i];
    if (n.kind == variable_kind::given || n.kind == variable_kind::quantity) return false;
    const binding* const drawn = binding_of(n.variable, reading::value);
    if (drawn != nullptr && exists(drawn->latent)) return !exists(drawn->density);
    for (const node_id j : from(i))
      if (g_[j].token == node::token_kind::density && g_[j].label == n.variable) return true;
    return false;
  }
  constexpr bool stated_later(node_id i) const {
    for (const node_id j : from(exists(surrogate_of_) ? surrogate_of_ : i))
      if ((g_[j].token == node::token_kind::define || g_[j].token == node::token_kind::draw ||
           g_[j].token == node::token_kind::part) &&
          g_[j].variable == g_[i].variable && (j < model_) == g_[i].in_guide)
        return true;
    return false;
  }
  /// A token and those after it.
  static constexpr id_range<node_id> from(node_id i) { return {i, id_at<node_id>(Graph::tokens)}; }

  constexpr node_id find(std::string_view name, bool guide, reading what = reading::value) const {
    for (const binding& x : bindings_)
      if (x.name == name && x.reads == what && (!x.quantity || x.guide == guide)) return x.value;
    return node_id::none;
  }
  constexpr void bind(std::string_view name, node_id value, bool guide, bool quantity,
                      reading what = reading::value) {
    bindings_.push_back({name, value, guide, quantity, what});
  }

  constexpr binding* binding_of(std::string_view name, reading what = reading::value) {
    for (std::size_t b = 0; b < bindings_.size(); ++b)
      if (bindings_[b].name == name && bindings_[b].reads == what && !bindings_[b].quantity)
        return &bindings_[b];
    return nullptr;
  }
  /// The plate of a value that the statement does not stand in, or none.
  constexpr plate_id other_plate(node_id i) const {
    const node& n = g_[i];
    if (i >= statement_begin_ && n.what == role::op && !exists(n.reduces)) {
      for (const node_id in : n.inputs)
        if (const plate_id p = other_plate(in); exists(p)) return p;
      return plate_id::none;
    }
    for (plate_id p = plate_; exists(p); p = g_.plates[p].parent)
      if (p == n.plate) return plate_id::none;
    return n.plate;
  }
  /// What is written within a sum over a plate stands in that plate, down to sums within it.
  constexpr void stand_in(node_id i, plate_id plate) {
    if (i < statement_begin_ || (g_[i].what != role::op && g_[i].what != role::data)) return;
    g_[i].plate = plate;
    if (exists(g_[i].reduces)) return;
    for (const node_id in : g_[i].inputs) stand_in(in, plate);
  }
  constexpr plate_id plate_named(std::string_view name) const {
    for (const plate_id p : g_.plate_ids())
      if (g_.plates[p].name == name) return p;
    return plate_id::none;
  }

  constexpr void take_inputs(node_id i, std::size_t count) {
    if (count > max_inputs) return g_.fail(fault::too_many_inputs, i);
    g_[i].inputs = take(count);
  }
  constexpr short_list<node_id, max_inputs> take(std::size_t count) {
    short_list<node_id, max_inputs> taken;
    taken.count = count;
    while (count-- > 0) taken[count] = pop();
    return taken;
  }
  constexpr void end_statement(node_id end, std::string_view name) {
    if (g_[end].token != node::token_kind::term && is_called_like_a_term(name, end))
      return g_.fail(fault::name_of_the_language, end);
    // Terms and losses have no names: those of a model, or of a guide, count as one statement.
    const node_id first = g_[end].token != node::token_kind::term ? statement_begin_
                          : g_[end].in_guide                      ? node_id{}
                                                                  : model_;
    for (const node_id j : id_range<node_id>{statement_begin_, after(end)}) {
      g_[j].statement = name;
      for (const node_id k : id_range<node_id>{first, j})
        if (g_[k].op == g_[j].op && g_[k].network == g_[j].network && g_[k].parameter_count > 0 &&
            g_[k].layer.empty() && g_[k].statement == name)
          ++g_[j].position;
    }
    statement_begin_ = after(end);
  }
  /// Whether parameters of a term or loss on the side of a statement would be named like its own.
  constexpr bool is_called_like_a_term(std::string_view name, node_id end) const {
    if (name != "term" && name != "loss") return false;
    for (const node_id i : g_.token_ids())
      if (g_[i].token == node::token_kind::term && g_[i].of_training == (name == "loss") &&
          (i < model_) == g_[end].in_guide)
        return true;
    return false;
  }
  constexpr void push(node_id i) { stack_.push_back(i); }
  constexpr node_id pop() { return stack_[--stack_.count]; }

  Graph& g_;
  node_id model_;
  std::size_t drawn_ = 0;  ///< draws so far
  plate_id plate_ = plate_id::none;
  node_id statement_begin_{};
  node_id surrogate_of_ = node_id::none;       ///< the draw whose surrogate is read
  short_list<node_id, max_inputs> of_data_{};  ///< inputs of the density of data that follows
  bool all_drawn_ = false;                     ///< whether the guide draws its variables
  short_list<node_id, Graph::size + 1> stack_{};
  short_list<binding, Graph::size + 1> bindings_{};
};

/// The first pass: resolves names to nodes, and finds that every latent of the model is drawn in
/// the guide, that each name is stated once, and that nothing is used before it is stated. The
/// guide's tokens come first.
template <class Graph>
constexpr void match(Graph& g, std::size_t guide_tokens) {
  matcher<Graph>(g, id_at<node_id>(guide_tokens)).run();
}

}  // namespace variad::internals
