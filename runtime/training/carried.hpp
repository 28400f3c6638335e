#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace variad {

/// Values that are carried from step to step, and what they are called: a part of what carries
/// them. What is not `saved` is no part of a checkpoint and never enters a training step.
template <class T>
struct carried_values {
  std::string part;
  std::span<T> values;
  bool saved = true;
};

namespace internals {

/// What an op carries: an object that only the op knows, and the values in it.
template <class T>
struct carried_object {
  std::shared_ptr<void> object;
  std::vector<carried_values<T>> values;
};

}  // namespace internals
}  // namespace variad
