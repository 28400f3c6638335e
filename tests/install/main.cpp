#include <iostream>

#include <variad/runtime/error.hpp>
#include <variad/variad.hpp>

int main() {
  try {
    throw variad::error("raised outside of the library");
  } catch (const std::runtime_error& e) {
    std::cout << e.what() << '\n';
    return 0;
  }
}
