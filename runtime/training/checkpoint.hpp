#pragma once

#include <cstddef>
#include <string>

#include <variad/runtime/training/program.hpp>

namespace variad::internals {

/// Writes the state of a program, every piece that is saved by its name, to a safetensors file that
/// appears complete or not at all. `seconds` is what the run has taken so far. Throws
/// `variad::error` naming the file if it cannot be written.
template <class T>
void save_checkpoint(const std::string& path, trainable_program<T>& program, double seconds);

/// Reads what `save_checkpoint` wrote into the state of a program that is to go on with it: its
/// optimizer is in use, and its position says which seed, batch and data rows are expected. Nothing
/// is changed if it throws. Throws `variad::error` naming the file, what was found and what was
/// expected: another format, a parameter, a state or a signature of another model, another method,
/// optimizer or run, a parameter or a slot that is not finite.
template <class T>
void load_checkpoint(const std::string& path, trainable_program<T>& program);

/// Reads the parameters of a trained program, to use it without training, and what state of the
/// same shape it shares with this one, which another method may have trained; the rest of the state
/// begins anew. Nothing is changed if it throws. Throws `variad::error` as `load_checkpoint` does.
template <class T>
void load_parameters(trainable_program<T>& program, const std::string& path);

/// The number of data rows that the run of a checkpoint was trained on.
std::size_t rows_of_checkpoint(const std::string& path);

/// The extent of a parameter along an axis, as a checkpoint has it; 0 if it has none of that name.
std::size_t extent_in_checkpoint(const std::string& path, std::string_view parameter,
                                 std::size_t axis);

}  // namespace variad::internals
