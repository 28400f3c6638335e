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
#include <variad/runtime/io/printable.hpp>
#include <variad/runtime/io/safetensors.hpp>
#include <variad/runtime/training/checkpoint.hpp>

namespace variad::internals {
namespace {

std::string name_of_format(std::uint64_t format) {
  return "variad checkpoint " + std::to_string(format);
}

/// The shortest text that reads back to the same value.
template <class Number>
std::string print_number(Number value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

/// Compares a checkpoint with a program entry by entry, and copies when all of it fits.
class checkpoint_reader {
 public:
  explicit checkpoint_reader(std::string path) : path_(std::move(path)), file_(path_) {
    const auto format = file_.metadata().find("format");
    const std::string found = format == file_.metadata().end() ? "" : format->second;
    while (format_ > 0 && found != name_of_format(format_)) --format_;
    if (format_ == 0)
      fail("found the format '" + printable(found) + "', expected '" +
           name_of_format(checkpoint_format) + "' or an earlier one");
    if (format_ >= first_format_with_checksum && !file_.has_checksum())
      fail("found no checksum, expected one in the format '" + found +
           "': the file is damaged, or another program has written it, which may leave the "
           "checksum out under the format '" +
           name_of_format(first_format_with_checksum - 1) + "'");
  }

  [[nodiscard]] std::uint64_t format() const { return format_; }

  /// As `want`, of values that training keeps finite.
  template <class T>
  void want_finite(const std::string& what, const std::string& name,
                   const std::vector<std::size_t>& shape, std::span<T> values) {
    want(what, name, shape, values);
    const std::span<const std::byte> bytes = copies_.back().bytes;
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
    const stored_tensor* const found = file_.find(name);
    if (!found)
      fail("found no " + what + " '" + name + "', expected one of shape " + print_shape(shape) +
           "; it is a checkpoint of another model");
    if (found->shape != shape)
      fail("found the " + what + " '" + name + "' with shape " + print_shape(found->shape) +
           ", expected shape " + print_shape(shape) + "; it is a checkpoint of another model");
    if (found->dtype != tensor_type_of<T>)
      fail("found the " + what + " '" + name + "' of type " + std::string(name_of(found->dtype)) +
           ", expected " + std::string(name_of(tensor_type_of<T>)));
    copies_.push_back({found, file_.read(*found), std::as_writable_bytes(values)});
  }

  /// Refuses tensors of the kind `prefix` that nothing wants. Names without '/' are parameters of
  /// the model.
  void refuse_others(const std::string& what, std::string_view prefix) const {
    for (const stored_tensor& tensor : file_.tensors()) {
      const bool of_kind = prefix.empty() ? tensor.name.find('/') == std::string::npos
                                          : tensor.name.starts_with(prefix);
      const bool wanted = std::any_of(copies_.begin(), copies_.end(),
                                      [&](const auto& copy) { return copy.from == &tensor; });
      if (of_kind && !wanted)
        fail("found the " + what + " '" + printable(tensor.name) + "' of shape " +
             print_shape(tensor.shape) +
             ", expected none of that name; it is a checkpoint of another model");
    }
  }

  /// Whether there is a tensor of this name and shape.
  [[nodiscard]] bool holds(std::string_view name, const std::vector<std::size_t>& shape) const {
    const stored_tensor* const found = file_.find(name);
    return found && found->shape == shape;
  }

  void check_signature(std::string_view expected) const {
    const std::string& found = text("signature");
    if (found == expected) return;
    const auto differs = static_cast<std::size_t>(
        std::mismatch(found.begin(), found.end(), expected.begin(), expected.end()).first -
        found.begin());
    const std::size_t begin = differs - std::min<std::size_t>(differs, 20);
    fail("found the model '" + printable(found.substr(begin, 60)) + "', expected '" +
         std::string(expected.substr(begin, 60)) + "' (the signatures from character " +
         std::to_string(begin) + " on); it is a checkpoint of another model");
  }

  [[nodiscard]] const std::string& text(const std::string& key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end()) fail("found no entry '" + key + "' in the metadata");
    return found->second;
  }

  template <class Number>
  void read_number(const std::string& key, Number& value) const {
    const std::string& found = text(key);
    const auto [end, status] = std::from_chars(found.data(), found.data() + found.size(), value);
    if (status != std::errc{} || end != found.data() + found.size())
      fail("found '" + printable(found) + "' as '" + key + "', expected a number");
  }

  void copy() const {
    for (const auto& [from, bytes, to] : copies_) std::ranges::copy(bytes, to.begin());
  }

  [[noreturn]] void fail(const std::string& message) const {
    throw error("'" + path_ + "': " + message);
  }

 private:
  struct copy_of {
    const stored_tensor* from;
    std::vector<std::byte> bytes;
    std::span<std::byte> to;
  };

  std::string path_;
  safetensors_reader file_;
  std::uint64_t format_ = checkpoint_format;
  std::vector<copy_of> copies_;
};

/// Asks a checkpoint for the pieces of one kind that are saved: for all of them, or for those that
/// it holds. What an op carries is taken as a whole.
template <class T>
void want_pieces(checkpoint_reader& reader, run_state<T>& state, typename state_piece<T>::kind what,
                 bool all = true) {
  using kind = typename state_piece<T>::kind;
  const std::vector<state_piece<T>> pieces = state.pieces();
  const auto holds = [&](const state_piece<T>& p) {
    return std::ranges::all_of(pieces, [&](const state_piece<T>& q) {
      const bool together = q.what == what && q.saved &&
                            (q.name == p.name || (what == kind::carried && q.owner == p.owner));
      return !together || reader.holds(q.name, q.shape);
    });
  };
  for (const state_piece<T>& p : pieces) {
    if (p.what != what || !p.saved || (!all && !holds(p))) continue;
    if (what == kind::carried)
      reader.want("state", p.name, p.shape, p.values);
    else
      reader.want_finite(what == kind::slot ? "optimizer slot" : "parameter", p.name, p.shape,
                         p.values);
  }
}

template <class T>
void want_parameters(checkpoint_reader& reader, trainable_program<T>& program, bool of_method) {
  using kind = typename state_piece<T>::kind;
  want_pieces(reader, program.state(), kind::parameter);
  want_pieces(reader, program.state(), kind::method_parameter, of_method);
  reader.refuse_others("parameter", "");
  reader.check_signature(program.signature());
}

}  // namespace

template <class T>
void save_checkpoint(const std::string& path, trainable_program<T>& program, double seconds) {
  run_state<T>& state = program.state();
  std::vector<tensor_entry> tensors;
  for (const state_piece<T>& p : state.pieces())
    if (p.saved) tensors.push_back(make_tensor<T>(p.name, p.shape, p.values));
  std::map<std::string, std::string> metadata{{"format", name_of_format(checkpoint_format)},
                                              {"signature", program.signature()},
                                              {"method", program.method()},
                                              {"optimizer", state.rule()}};
  state.for_each_number(
      [&](const char* name, auto value) { metadata[name] = print_number(value); });
  metadata["seconds"] = print_number(seconds);
  write_safetensors(path, tensors, metadata);
}

template <class T>
void load_checkpoint(const std::string& path, trainable_program<T>& program) {
  checkpoint_reader reader(path);
  run_state<T>& state = program.state();
  using kind = typename state_piece<T>::kind;
  want_parameters(reader, program, true);
  if (reader.text("method") != program.method())
    reader.fail("found a run by '" + printable(reader.text("method")) + "', expected '" +
                program.method() + "'; its parameters can be loaded, but the run cannot go on");
  want_pieces(reader, state, kind::carried);
  reader.refuse_others("state", "state/");
  if (reader.text("optimizer") != state.rule())
    reader.fail("found the optimizer '" + printable(reader.text("optimizer")) + "', expected '" +
                state.rule() + "'");
  want_pieces(reader, state, kind::slot);
  reader.refuse_others("optimizer slot", "optimizer/");
  const auto check = [&](const char* key, const std::string& what, std::uint64_t expected) {
    std::uint64_t found = 0;
    reader.read_number(key, found);
    if (found != expected)
      reader.fail("found a run with " + what + " " + std::to_string(found) + ", expected " +
                  std::to_string(expected) +
                  "; to start a new run from its parameters use load_checkpoint, without .resume");
  };
  check("seed", "seed", state.position.seed);
  check("batch", "batch", state.position.batch);
  check("data_rows", "data rows", state.position.data_rows);
  std::uint64_t step = 0, step_in_epoch = 0;
  reader.read_number("step", step);
  reader.read_number("step_in_epoch", step_in_epoch);
  const std::uint64_t batch = std::max<std::uint64_t>(state.position.batch, 1),
                      steps = (state.position.data_rows + batch - 1) / batch;
  if (step_in_epoch >= steps || step < step_in_epoch)
    reader.fail("found step " + std::to_string(step_in_epoch) + " of an epoch of " +
                std::to_string(steps) + " steps, expected one of them; the file is damaged");
  // Every number is read before the first is changed.
  const auto read = [&](const char* name, auto& value) { reader.read_number(name, value); };
  state.for_each_number([&](const char* name, auto value) { read(name, value); });
  state.for_each_number(read);
  state.position.format = reader.format();
  reader.copy();
}

template <class T>
void load_parameters(trainable_program<T>& program, const std::string& path) {
  checkpoint_reader reader(path);
  want_parameters(reader, program, false);
  want_pieces(reader, program.state(), state_piece<T>::kind::carried, false);
  program.state().begin();
  reader.copy();
}

std::size_t rows_of_checkpoint(const std::string& path) {
  std::uint64_t rows = 0;
  checkpoint_reader(path).read_number("data_rows", rows);
  return static_cast<std::size_t>(rows);
}

std::size_t extent_in_checkpoint(const std::string& path, std::string_view parameter,
                                 std::size_t axis) {
  const safetensors_reader file(path);
  const stored_tensor* const found = file.find(parameter);
  return found == nullptr || found->shape.size() <= axis ? 0 : found->shape[axis];
}

template void save_checkpoint(const std::string&, trainable_program<float>&, double);
template void load_checkpoint(const std::string&, trainable_program<float>&);
template void load_parameters(trainable_program<float>&, const std::string&);
template void save_checkpoint(const std::string&, trainable_program<double>&, double);
template void load_checkpoint(const std::string&, trainable_program<double>&);
template void load_parameters(trainable_program<double>&, const std::string&);

}  // namespace variad::internals
