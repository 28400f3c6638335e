#include <ostream>

#include <variad/dsl/inference/plan.hpp>
#include <variad/dsl/inference/table.hpp>

namespace variad {

std::ostream& operator<<(std::ostream& out, const plan& p) {
  out << "objective " << p.objective << "\n\nlatents\n";
  std::vector<std::vector<std::string>> rows{
      {"name", "family", "event", "estimator", "probes", "bias", "divergence", "why"}};
  for (const plan::latent& l : p.latents)
    rows.push_back({l.name, l.family, to_string(l.event), l.estimator, std::to_string(l.probes),
                    l.bias, l.term, l.reason});
  detail::write_table(out, rows);
  for (const plan::latent& l : p.latents)
    if (!l.knob.empty()) out << "  " << l.name << ": " << l.knob << '\n';
  out << "\nschedule\n";
  rows = {{"what", "in", "event", "rows"}};
  for (const plan::evaluation& v : p.schedule)
    rows.push_back({v.what, v.statement, to_string(v.event), v.axes});
  detail::write_table(out, rows);
  out << "\nparameters\n";
  rows.clear();
  std::size_t total = 0;
  for (const plan::parameter& q : p.parameters) {
    std::size_t n = 1;
    for (const std::size_t d : q.shape) n *= d;
    total += n;
    rows.push_back({q.name, detail::print_shape(q.shape)});
  }
  detail::write_table(out, rows);
  return out << "  " << total << " values\n\nmemory\n  " << p.datum_bytes << " bytes per datum, "
             << p.global_bytes << " bytes once\n";
}

}  // namespace variad
