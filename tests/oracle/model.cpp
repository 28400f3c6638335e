#include "model.hpp"

#include <stdexcept>
#include <utility>

namespace oracle {

int model::find_plate(const std::string& name) const {
  if (name.empty()) return -1;
  for (std::size_t i = 0; i < plates.size(); ++i)
    if (plates[i].name == name) return static_cast<int>(i);
  throw std::logic_error("no plate " + name);
}

bool model::in_data_plate(int place) const {
  for (; place >= 0; place = plates[static_cast<std::size_t>(place)].parent)
    if (place == data_plate) return true;
  return false;
}

void model::add_plate(const std::string& name, std::size_t size, const std::string& parent) {
  plates.push_back({name, size, find_plate(parent)});
  // The plate whose size the data give; without one the first that stands in no other.
  const int at = static_cast<int>(plates.size()) - 1;
  if (size == 0 || (data_plate < 0 && parent.empty())) data_plate = at;
}

void model::add_group(const std::string& name) { plates.push_back({name, 0, -1, true}); }

void model::add_latent(const std::string& name, const std::string& place, std::size_t variables) {
  latents.push_back({name, find_plate(place), variables});
}

void model::add_column(const std::string& name, const std::string& place, std::size_t variables,
                       std::size_t categories) {
  columns.push_back({name, find_plate(place), variables, categories});
}

void model::draw(const std::string& name, const distribution& d) {
  for (std::size_t l = 0; l < latents.size(); ++l)
    if (latents[l].name == name) {
      latents[l].draw = static_cast<int>(statements.size());
      statements.push_back(
          {name, true, latents[l].place, d, {}, statement::kind::density, static_cast<int>(l)});
      return;
    }
  throw std::logic_error("no latent " + name);
}

void model::density(const std::string& name, const distribution& d) {
  for (std::size_t l = 0; l < latents.size(); ++l)
    if (latents[l].name == name) {
      latents[l].prior = static_cast<int>(statements.size());
      statements.push_back(
          {name, false, latents[l].place, d, {}, statement::kind::density, static_cast<int>(l)});
      return;
    }
  for (const column& c : columns)
    if (c.name == name) {
      statements.push_back({name, false, c.place, d, {}, statement::kind::density, -1});
      return;
    }
  throw std::logic_error("no variable " + name);
}

void model::quantity(const std::string& name, bool guide, const std::string& place,
                     const expression& e) {
  statements.push_back({name, guide, find_plate(place), {}, e, statement::kind::quantity, -1});
}

void model::term(const std::string& place, const expression& e) {
  statements.push_back({"term", false, find_plate(place), {}, e, statement::kind::term, -1});
}

void model::loss(bool guide, const std::string& place, const expression& e) {
  statements.push_back({"loss", guide, find_plate(place), {}, e, statement::kind::loss, -1});
}

column& model::column_named(const std::string& name) {
  for (column& c : columns)
    if (c.name == name) return c;
  throw std::logic_error("no column " + name);
}

void model::complete() {
  for (latent& l : latents)
    for (std::size_t c = 0; c < columns.size(); ++c)
      if (columns[c].name == l.name) l.data = static_cast<int>(c);
  std::map<std::pair<bool, std::string>, std::map<std::string, int>> counts;  // terms share theirs
  for (statement& s : statements) {
    auto& of_name = counts[{s.guide, s.name}];
    for (expression& e : s.density.parameters) resolve(e, s, of_name);
    if (s.what != statement::kind::density) resolve(s.quantity, s, of_name);
  }
}

void model::resolve(expression& e, const statement& s, std::map<std::string, int>& counts) {
  for (expression& i : e.inputs) resolve(i, s, counts);
  const auto add = [&](const std::string& kind, const char* part, std::size_t size) {
    blocks.push_back(
        {(s.guide ? "q." : "p.") + s.name + "." + kind + "." + part, s.place, size, e.per_row});
  };
  if (e.what == op::parameter) {
    e.block = blocks.size();
    add("param" + std::to_string(counts["param"]++), "value", e.size);
  } else if (e.what == op::dense) {
    // The input is a latent: as many weights per output as its one-hot value has numbers.
    const expression& x = e.inputs[0].what == op::gather ? e.inputs[0].inputs[0] : e.inputs[0];
    const latent& z = latents[static_cast<std::size_t>(x.target)];
    const statement& draw = statements[static_cast<std::size_t>(z.draw)];
    const std::size_t width =
        z.variables * (draw.density.categories > 0 ? draw.density.categories : 1);
    const std::string kind = "dense" + std::to_string(counts["dense"]++);
    e.block = blocks.size();
    add(kind, "weight", width * e.size);
    add(kind, "bias", e.size);
  } else if (e.what == op::reference) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == e.name) e.target = column_base + static_cast<int>(i);
    for (std::size_t i = 0; i < latents.size(); ++i)
      if (latents[i].name == e.name) e.target = static_cast<int>(i);
    for (std::size_t i = 0; i < statements.size(); ++i)
      if (statements[i].what == statement::kind::quantity && statements[i].name == e.name)
        e.target = quantity_base + static_cast<int>(i);
    if (e.target < 0) throw std::logic_error("nothing is named " + e.name);
  }
}

}  // namespace oracle
