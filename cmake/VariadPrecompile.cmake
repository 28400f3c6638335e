# variad_precompile_headers(<target>...): the targets read <variad/variad.hpp> precompiled, which
# takes as long as compiling a model does. It is compiled once in a project, with the flags that
# hold where the function is first called; targets with other flags want a precompiled header of
# their own (target_precompile_headers).
function(variad_precompile_headers)
  if(NOT TARGET variad_precompiled)
    set(source "${CMAKE_CURRENT_BINARY_DIR}/variad_precompiled.cpp")  # CMake wants a source
    file(CONFIGURE OUTPUT "${source}" CONTENT "")
    add_library(variad_precompiled OBJECT EXCLUDE_FROM_ALL "${source}")
    target_link_libraries(variad_precompiled PRIVATE variad::variad)
    target_precompile_headers(variad_precompiled PRIVATE <variad/variad.hpp>)
  endif()
  foreach(target IN LISTS ARGN)
    target_precompile_headers(${target} REUSE_FROM variad_precompiled)
    variad_allow_precompiled(${target})
  endforeach()
endfunction()

# GCC forgets in a precompiled header which warnings were off where, and then warns falsely inside
# its own avx512fintrin.h (bug 105593).
function(variad_allow_precompiled target)
  target_compile_options(
    ${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized;-Wno-maybe-uninitialized>)
endfunction()
