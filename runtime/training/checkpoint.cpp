#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <variad/runtime/data/column.hpp>
#include <variad/runtime/error.hpp>
#include <variad/runtime/io/safetensors.hpp>
#include <variad/runtime/training/checkpoint.hpp>

namespace variad {
namespace {

/// Calls f(name, member) for each number of a position, in one place for writing and reading.
template <class Position, class F>
void for_each_number(Position& position, F f) {
  f("epoch", position.epoch);
  f("step_in_epoch", position.step_in_epoch);
  f("step", position.step);
  f("bound_sum", position.bound_sum);
  f("best_validation_bound", position.best_validation_bound);
  f("best_epoch", position.best_epoch);
  f("epochs_since_best", position.epochs_since_best);
  f("seconds", position.seconds);
  f("seed", position.seed);
  f("batch", position.batch);
  f("data_rows", position.data_rows);
}

std::string name_of_format(std::uint64_t format) {
  return "variad checkpoint " + std::to_string(format);
}

/// The shortest text that reads back to the same value.
template <class Number>
std::string print_number(Number value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string slot_name(std::size_t slot, const std::string& parameter) {
  return "optimizer/" + std::to_string(slot) + "/" + parameter;
}

/// Compares a checkpoint with a program entry by entry, and copies when all of it fits.
class checkpoint_reader {
 public:
  explicit checkpoint_reader(std::string path)
      : path_(std::move(path)), file_(read_safetensors(path_)) {
    const auto format = file_.metadata.find("format");
    const std::string found = format == file_.metadata.end() ? "" : format->second;
    while (format_ > 0 && found != name_of_format(format_)) --format_;
    if (format_ == 0)
      fail("found the format '" + found + "', expected '" + name_of_format(checkpoint_format) +
           "' or an earlier one");
  }

  [[nodiscard]] std::uint64_t format() const { return format_; }

  /// As `want`, of values that training keeps finite.
  template <class T>
  void want_finite(const std::string& what, const std::string& name,
                   const std::vector<std::size_t>& shape, std::span<T> values) {
    want(what, name, shape, values);
    const std::span<const std::byte> bytes = copies_.back().first->bytes;
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(T)) {
      T value;
      std::memcpy(&value, bytes.data() + at, sizeof(T));
      if (!std::isfinite(value))
        fail("found a value of the " + what + " '" + name + "' that is " +
             (std::isnan(value) ? "NaN" : "infinite") +
             ", expected finite values; take an earlier checkpoint" +
             (what == "parameter" ? ""
                                  : ", or use load_checkpoint, which takes the parameters alone"));
    }
  }

  /// `values` are to be read from the tensor `name`; `what` it is, for messages.
  template <class T>
  void want(const std::string& what, const std::string& name, const std::vector<std::size_t>& shape,
            std::span<T> values) {
    const tensor_entry* const found = file_.find(name);
    if (!found)
      fail("found no " + what + " '" + name + "', expected one of shape " +
           detail::print_shape(shape) + "; it is a checkpoint of another model");
    if (found->shape != shape)
      fail("found the " + what + " '" + name + "' with shape " + detail::print_shape(found->shape) +
           ", expected shape " + detail::print_shape(shape) +
           "; it is a checkpoint of another model");
    if (found->dtype != tensor_type_of<T>)
      fail("found the " + what + " '" + name + "' of type " + std::string(name_of(found->dtype)) +
           ", expected " + std::string(name_of(tensor_type_of<T>)));
    copies_.emplace_back(found, std::as_writable_bytes(values));
  }

  /// Refuses tensors of the kind `prefix` that nothing wants. Names without '/' are parameters of
  /// the model.
  void refuse_others(const std::string& what, std::string_view prefix) const {
    for (const tensor_entry& tensor : file_.tensors) {
      const bool of_kind = prefix.empty() ? tensor.name.find('/') == std::string::npos
                                          : tensor.name.starts_with(prefix);
      const bool wanted = std::any_of(copies_.begin(), copies_.end(),
                                      [&](const auto& copy) { return copy.first == &tensor; });
      if (of_kind && !wanted)
        fail("found the " + what + " '" + tensor.name + "' of shape " +
             detail::print_shape(tensor.shape) +
             ", expected none of that name; it is a checkpoint of another model");
    }
  }

  /// Whether there is a tensor of this name and shape.
  [[nodiscard]] bool holds(std::string_view name, const std::vector<std::size_t>& shape) const {
    const tensor_entry* const found = file_.find(name);
    return found && found->shape == shape;
  }

  void check_signature(std::string_view expected) const {
    const std::string& found = text("signature");
    if (found == expected) return;
    const auto differs = static_cast<std::size_t>(
        std::mismatch(found.begin(), found.end(), expected.begin(), expected.end()).first -
        found.begin());
    const std::size_t begin = differs - std::min<std::size_t>(differs, 20);
    fail("found the model '" + found.substr(begin, 60) + "', expected '" +
         std::string(expected.substr(begin, 60)) + "' (the signatures from character " +
         std::to_string(begin) + " on); it is a checkpoint of another model");
  }

  [[nodiscard]] const std::string& text(const std::string& key) const {
    const auto found = file_.metadata.find(key);
    if (found == file_.metadata.end()) fail("found no entry '" + key + "' in the metadata");
    return found->second;
  }

  template <class Number>
  void read_number(const std::string& key, Number& value) const {
    const std::string& found = text(key);
    const auto [end, status] = std::from_chars(found.data(), found.data() + found.size(), value);
    if (status != std::errc{} || end != found.data() + found.size())
      fail("found '" + found + "' as '" + key + "', expected a number");
  }

  void copy() const {
    for (const auto& [from, to] : copies_)
      if (!to.empty()) std::memcpy(to.data(), from->bytes.data(), to.size());
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

 private:
  std::string path_;
  tensor_file file_;
  std::uint64_t format_ = checkpoint_format;
  std::vector<std::pair<const tensor_entry*, std::span<std::byte>>> copies_;
};

template <std::floating_point T>
checkpoint_reader open_checkpoint(trainable_program<T>& program, const std::string& path,
                                  bool same_method) {
  checkpoint_reader reader(path);
  const auto parameters = program.parameters();
  for (const parameter_info& info : program.parameter_table())
    if (!info.of_method || same_method || reader.holds(info.name, info.shape))
      reader.want_finite("parameter", info.name, info.shape,
                         parameters.subspan(info.offset, info.size));
  reader.refuse_others("parameter", "");
  reader.check_signature(program.signature());
  return reader;
}

}  // namespace

template <std::floating_point T>
void save_checkpoint(const std::string& path, trainable_program<T>& program, const optimizer& rule,
                     const optimizer_state<T>& slots, const training_position& position) {
  std::vector<tensor_entry> tensors;
  const std::span<const T> parameters = program.parameters();
  for (const parameter_info& info : program.parameter_table()) {
    tensors.push_back(
        make_tensor(info.name, info.shape, parameters.subspan(info.offset, info.size)));
    for (std::size_t slot = 0; slot < slots.slots(); ++slot)
      tensors.push_back(make_tensor(slot_name(slot, info.name), info.shape,
                                    slots.slot(slot).subspan(info.offset, info.size)));
  }
  for (const auto& [name, values] : program.state())
    tensors.push_back(make_tensor<T>("state/" + name, {values.size()}, values));

  std::map<std::string, std::string> metadata{{"format", name_of_format(checkpoint_format)},
                                              {"signature", program.signature()},
                                              {"method", program.method()},
                                              {"optimizer", std::string(name_of(rule))},
                                              {"optimizer_step", print_number(slots.step)}};
  for_each_number(position,
                  [&](const char* name, auto value) { metadata[name] = print_number(value); });
  write_safetensors(path, tensors, metadata);
}

template <std::floating_point T>
training_position load_checkpoint(const std::string& path, trainable_program<T>& program,
                                  const optimizer& rule, optimizer_state<T>& slots) {
  checkpoint_reader reader = open_checkpoint(program, path, true);
  if (reader.text("method") != program.method())
    reader.fail("found a run by '" + reader.text("method") + "', expected '" + program.method() +
                "'; its parameters can be loaded, but the run cannot go on");
  for (const auto& [name, values] : program.state())
    reader.want("state", "state/" + name, {values.size()}, values);
  reader.refuse_others("state", "state/");
  if (reader.text("optimizer") != name_of(rule))
    reader.fail("found the optimizer '" + reader.text("optimizer") + "', expected '" +
                std::string(name_of(rule)) + "'");
  for (const parameter_info& info : program.parameter_table())
    for (std::size_t slot = 0; slot < slots.slots(); ++slot)
      reader.want_finite("optimizer slot", slot_name(slot, info.name), info.shape,
                         slots.slot(slot).subspan(info.offset, info.size));
  training_position position{.format = reader.format()};
  for_each_number(position,
                  [&](const char* name, auto& value) { reader.read_number(name, value); });
  std::uint64_t optimizer_step = 0;
  reader.read_number("optimizer_step", optimizer_step);
  reader.copy();
  slots.step = optimizer_step;
  return position;
}

template <std::floating_point T>
void load_parameters(trainable_program<T>& program, const std::string& path) {
  checkpoint_reader reader = open_checkpoint(program, path, false);
  for (const auto& [name, values] : program.state())
    if (reader.holds("state/" + name, {values.size()}))
      reader.want("state", "state/" + name, {values.size()}, values);
  reader.copy();
}

std::size_t rows_of_checkpoint(const std::string& path) {
  std::uint64_t rows = 0;
  checkpoint_reader(path).read_number("data_rows", rows);
  return static_cast<std::size_t>(rows);
}

template void save_checkpoint(const std::string&, trainable_program<float>&, const optimizer&,
                              const optimizer_state<float>&, const training_position&);
template training_position load_checkpoint(const std::string&, trainable_program<float>&,
                                           const optimizer&, optimizer_state<float>&);
template void load_parameters(trainable_program<float>&, const std::string&);
template void save_checkpoint(const std::string&, trainable_program<double>&, const optimizer&,
                              const optimizer_state<double>&, const training_position&);
template training_position load_checkpoint(const std::string&, trainable_program<double>&,
                                           const optimizer&, optimizer_state<double>&);
template void load_parameters(trainable_program<double>&, const std::string&);

}  // namespace variad
