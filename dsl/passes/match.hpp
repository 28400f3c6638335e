#pragma once

#include <variad/dsl/graph/node.hpp>

namespace variad {
namespace detail {

template <std::size_t N>
class matcher {
 public:
  constexpr explicit matcher(graph<N>& g, int guide_tokens) : g_(g), guide_tokens_(guide_tokens) {}

  constexpr void run() {
    for (int i = 0; i < g_.tokens && g_.ok(); ++i) {
      if (i == guide_tokens_) begin_model();
      g_[i].in_guide = i < guide_tokens_;
      g_[i].plate = plate_;
      visit(i);
    }
    choose_data_plate();
    if (guide_tokens_ == g_.tokens) return;  // a model read as its own guide
    for (int b = 0; b < binding_count_ && g_.ok(); ++b) {
      const binding& x = bindings_[static_cast<std::size_t>(b)];
      if (x.latent >= 0 && x.density < 0) g_.fail(fault::latent_without_prior, x.value);
    }
  }

 private:
  struct binding {
    std::string_view name;
    int value = -1;
    bool guide = false, quantity = false;
    int latent = -1;   ///< the draw that makes the value
    int density = -1;  ///< the model's statement of the latent or of the observed variable
  };

  constexpr void begin_model() {
    statement_begin_ = guide_tokens_;
    stack_size_ = 0;
  }

  constexpr void visit(int i) {
    node& n = g_[i];
    switch (n.token) {
      case node::token_kind::apply:
        if (n.drawn_value && surrogate_of_ >= 0) return drawn_value(i);
        n.what = n.literal ? role::literal : role::op;
        take_inputs(i, n.arity);
        if (!n.reduced_plate.empty()) {
          n.reduces = plate_named(n.reduced_plate);
          if (n.reduces < 0) return g_.fail(fault::no_such_plate, i);
          for (int j = 0; j < n.inputs; ++j) stand_in(g_.input(i, j), n.reduces);
        }
        push(i);
        break;
      case node::token_kind::refer:
        refer(i);
        break;
      case node::token_kind::define:
        if (find(n.variable, n.in_guide) >= 0) g_.fail(fault::stated_twice, i);
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
      case node::token_kind::open:
        open(i);
        break;
      case node::token_kind::close:
        plate_ = g_.plates[static_cast<std::size_t>(plate_)].parent;
        statement_begin_ = i + 1;
        break;
    }
  }

  constexpr void refer(int i) {
    node& n = g_[i];
    int bound = find(n.variable, n.in_guide);
    if (bound < 0 && n.kind == variable_kind::latent && !n.in_guide) {
      g_.fail(fault::latent_without_guide, i);
    } else if (bound < 0 &&
               (n.kind == variable_kind::latent || n.kind == variable_kind::quantity)) {
      g_.fail(stated_later(i) ? fault::used_before_stated : fault::unknown_name, i);
    } else if (bound < 0) {  // the first use of data is its node
      n.what = role::data;
      bind(n.variable, i, n.in_guide, false);
      bound = i;
    }
    // What the model draws is there from its statement on, and not for its own parameters.
    if (g_.ok() && !n.in_guide && !is_own_density(i) && is_unstated(i))
      g_.fail(names_own_statement(i) ? fault::reads_itself : fault::used_before_stated, i);
    push(bound);
  }

  constexpr void draw(int i) {
    node& n = g_[i];
    n.what = role::draw;
    if (n.kind == variable_kind::given) return g_.fail(fault::given_is_stated, i);
    const bool ancestral = guide_tokens_ == g_.tokens;
    if (n.kind == variable_kind::observed && !ancestral)
      return g_.fail(fault::observed_in_guide, i);
    if (n.kind == variable_kind::quantity) return g_.fail(fault::draw_of_no_latent, i);
    if (!n.family.can_sample) return g_.fail(fault::cannot_be_drawn, i);
    if (n.family.prior_only && !ancestral) return g_.fail(fault::prior_in_guide, i);
    if (g_.latent_count == max_latents) return g_.fail(fault::too_many_latents, i);
    take_inputs(i, n.arity);
    n.latent = g_.latent_count;
    latent_info& l = g_.latents[static_cast<std::size_t>(g_.latent_count)];
    l.draw = i;
    l.own_term = g_.tokens + g_.latent_count;
    ++g_.latent_count;
    if (n.drawn_value)
      surrogate_of_ = i;
    else if (n.variables == 1)
      name_drawn(i, i);
    end_statement(i, n.label);
  }

  /// One node of a surrogate, however often it is read.
  constexpr void drawn_value(int i) {
    latent_info& l = g_.latent(g_[surrogate_of_].latent);
    if (l.drawn_value < 0) {
      l.drawn_value = i;
      g_[i].what = role::op;
      g_[i].inputs = 1;
      g_[i].input[0] = static_cast<std::int16_t>(surrogate_of_);
    }
    push(l.drawn_value);
  }

  /// The end of the network of the estimator of the draw before it, a surrogate, or of the draw
  /// that follows.
  constexpr void network(int i) {
    const int drawn = surrogate_of_, l = drawn >= 0 ? g_[drawn].latent : g_.latent_count;
    if (l == max_latents) return g_.fail(fault::too_many_latents, i);
    g_[i].latent = l;
    g_.latent(l).network = pop();
    for (int j = i - g_[i].arity; j < i; ++j)
      if (g_[j].what == role::op || g_[j].what == role::literal) g_[j].network = l;
    if (drawn < 0) return;
    surrogate_of_ = -1;
    if (g_[drawn].variables == 1) name_drawn(drawn, drawn);
    end_statement(i, g_[drawn].label);
  }

  constexpr void part(int i) {
    node& n = g_[i];
    n.what = role::op;
    n.inputs = 1;
    n.input[0] = static_cast<std::int16_t>(g_.latent(g_.latent_count - 1).draw);
    n.statement = g_[n.input[0]].statement;
    name_drawn(i, n.input[0]);
    statement_begin_ = i + 1;
  }

  constexpr void name_drawn(int value, int draw_node) {
    if (find(g_[value].variable, true) >= 0) g_.fail(fault::stated_twice, value);
    bind(g_[value].variable, value, true, false);
    bindings_[static_cast<std::size_t>(binding_count_ - 1)].latent = g_[draw_node].latent;
  }

  constexpr void density(int i) {
    node& n = g_[i];
    n.what = role::density;
    take_inputs(i, n.arity + 1);
    if (n.kind == variable_kind::given) return g_.fail(fault::given_is_stated, i);
    if (n.kind == variable_kind::quantity) return g_.fail(fault::draw_of_no_latent, i);
    if (n.kind == variable_kind::observed) {
      binding& b = *binding_of(n.variable);
      if (b.density >= 0) return g_.fail(fault::stated_twice, i);
      b.density = i;
      node& value = g_[n.input[0]];
      value.plate = n.plate;  // data belong where they are explained
      value.family = n.family;
    } else {
      // The statement begins with the names of its variables, however the guide groups them.
      for (int v = 0; v < n.variables; ++v)
        for (int b = 0; b < binding_count_; ++b)
          if (bindings_[static_cast<std::size_t>(b)].latent >= 0 &&
              bindings_[static_cast<std::size_t>(b)].name == g_[statement_begin_ + v].variable)
            explain(bindings_[static_cast<std::size_t>(b)], i, statement_begin_ + v);
    }
    end_statement(i, n.label);
  }

  /// Notes that density i of the model is the prior of a latent, named there by token `name`.
  constexpr void explain(binding& b, int i, int name) {
    if (b.density >= 0) return g_.fail(fault::stated_twice, name);
    b.density = i;
    node& n = g_[i];
    n.latent = b.latent;
    const int at = g_.latent(b.latent).draw;
    const node& d = g_[at];
    g_.latent(b.latent).density = i;
    if (d.plate != n.plate) return g_.fail(fault::plates_differ, name, at);
    if (d.label == n.label) {
      g_.latent(b.latent).prior = i;
    } else if (d.family.values != n.family.values) {
      g_.fail(fault::outside_support, b.value, i);
    }
  }

  constexpr void open(int i) {
    const node& n = g_[i];
    const int stated = plate_named(n.variable), p = stated < 0 ? g_.plate_count : stated;
    if (p == max_plates) return g_.fail(fault::too_many_plates, i);
    plate_info& plate = g_.plates[static_cast<std::size_t>(p)];
    if (p == g_.plate_count) {
      plate = {n.variable, n.plate_size, plate_};
      ++g_.plate_count;
      if (n.plate_size == 0) {
        if (plate_ >= 0 || g_.data_plate >= 0) return g_.fail(fault::two_data_plates, i);
        g_.data_plate = p;
      }
    } else if (plate.size != n.plate_size || plate.parent != plate_) {
      return g_.fail(fault::plates_differ, i);
    }
    plate_ = p;
    statement_begin_ = i + 1;
  }

  /// The rows of a plate of stated size are made batches of, too, if it holds data: the first that
  /// no op takes together.
  constexpr void choose_data_plate() {
    std::array<bool, max_plates> has_data{}, reduced{};
    for (int i = 0; i < g_.tokens; ++i) {
      const node& n = g_[i];
      if (n.reduces >= 0) reduced[static_cast<std::size_t>(n.reduces)] = true;
      const bool drawn = n.token == node::token_kind::draw || n.token == node::token_kind::density;
      if (n.what != role::data && !(drawn && n.kind == variable_kind::observed)) continue;
      for (int p = n.plate; p >= 0; p = g_.plates[static_cast<std::size_t>(p)].parent)
        has_data[static_cast<std::size_t>(p)] = true;
    }
    const int model = guide_tokens_ == g_.tokens ? 0 : guide_tokens_;  // whatever the guide's order
    for (int i = model; i < g_.tokens && g_.data_plate < 0; ++i) {
      if (g_[i].token != node::token_kind::open) continue;
      const int p = plate_named(g_[i].variable);
      if (const auto at = static_cast<std::size_t>(p);
          g_.plates[at].parent < 0 && has_data[at] && !reduced[at])
        g_.data_plate = p;
    }
  }

  /// The end of the statement that token i stands in.
  constexpr int statement_end(int i) const {
    while (i < g_.tokens && g_[i].token != node::token_kind::density &&
           g_[i].token != node::token_kind::define)
      ++i;
    return i;
  }
  /// Whether token i names what its own statement's density is of: it stands first.
  constexpr bool is_own_density(int i) const {
    const int end = statement_end(i);
    return end < g_.tokens && g_[end].token == node::token_kind::density &&
           i < statement_begin_ + g_[end].variables;
  }
  /// Whether token i, a parameter, names one of the variables that its statement is of.
  constexpr bool names_own_statement(int i) const {
    const int end = statement_end(i);
    for (int v = 0; v < g_[end].variables; ++v)
      if (g_[end].token == node::token_kind::density &&
          g_[statement_begin_ + v].variable == g_[i].variable)
        return true;
    return false;
  }
  /// Whether token i of the model names a latent, or an observed variable that the model explains,
  /// whose statement is yet to come.
  constexpr bool is_unstated(int i) {
    const node& n = g_[i];
    if (n.kind == variable_kind::latent) return binding_of(n.variable)->density < 0;
    if (n.kind != variable_kind::observed) return false;
    for (int j = i; j < g_.tokens; ++j)
      if (g_[j].token == node::token_kind::density && g_[j].label == n.variable) return true;
    return false;
  }
  constexpr bool stated_later(int i) const {
    for (int j = surrogate_of_ >= 0 ? surrogate_of_ : i; j < g_.tokens; ++j)
      if ((g_[j].token == node::token_kind::define || g_[j].token == node::token_kind::draw ||
           g_[j].token == node::token_kind::part) &&
          g_[j].variable == g_[i].variable && (j < guide_tokens_) == g_[i].in_guide)
        return true;
    return false;
  }

  constexpr int find(std::string_view name, bool guide) const {
    for (int b = 0; b < binding_count_; ++b) {
      const binding& x = bindings_[static_cast<std::size_t>(b)];
      if (x.name == name && (!x.quantity || x.guide == guide)) return x.value;
    }
    return -1;
  }
  constexpr void bind(std::string_view name, int value, bool guide, bool quantity) {
    bindings_[static_cast<std::size_t>(binding_count_++)] = {name, value, guide, quantity};
  }

  constexpr binding* binding_of(std::string_view name) {
    for (int b = 0; b < binding_count_; ++b)
      if (binding& x = bindings_[static_cast<std::size_t>(b)]; x.name == name && !x.quantity)
        return &x;
    return nullptr;
  }
  /// What is written within a sum over a plate stands in that plate, down to sums within it.
  constexpr void stand_in(int i, int plate) {
    if (i < statement_begin_ || (g_[i].what != role::op && g_[i].what != role::data)) return;
    g_[i].plate = plate;
    for (int j = 0; g_[i].reduces < 0 && j < g_[i].inputs; ++j) stand_in(g_.input(i, j), plate);
  }
  constexpr int plate_named(std::string_view name) const {
    for (int p = 0; p < g_.plate_count; ++p)
      if (g_.plates[static_cast<std::size_t>(p)].name == name) return p;
    return -1;
  }

  constexpr void take_inputs(int i, int count) {
    node& n = g_[i];
    n.inputs = count;
    for (int j = count; j-- > 0;)
      n.input[static_cast<std::size_t>(j)] = static_cast<std::int16_t>(pop());
  }
  constexpr void end_statement(int end, std::string_view name) {
    for (int j = statement_begin_; j <= end; ++j) {
      g_[j].statement = name;
      for (int k = statement_begin_; k < j; ++k)
        if (g_[k].op == g_[j].op && g_[k].network == g_[j].network && g_[k].parameter_count > 0)
          ++g_[j].position;
    }
    statement_begin_ = end + 1;
  }
  constexpr void push(int i) { stack_[static_cast<std::size_t>(stack_size_++)] = i; }
  constexpr int pop() { return stack_[static_cast<std::size_t>(--stack_size_)]; }

  graph<N>& g_;
  int guide_tokens_;
  int plate_ = -1;
  int statement_begin_ = 0;
  int surrogate_of_ = -1;  ///< the draw whose surrogate is read
  std::array<int, N + 1> stack_{};
  int stack_size_ = 0;
  std::array<binding, N + 1> bindings_{};
  int binding_count_ = 0;
};

}  // namespace detail

/// The first pass: resolves names to nodes, and finds that every latent of the model is drawn in
/// the guide, that each name is stated once, and that nothing is used before it is stated. The
/// guide's tokens come first.
template <std::size_t N>
constexpr void match(graph<N>& g, int guide_tokens) {
  detail::matcher<N>(g, guide_tokens).run();
}

}  // namespace variad
