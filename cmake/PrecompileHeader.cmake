# cmake -D HEADER=... -D COMPILER=... -D ARGUMENTS=... -D OUTPUT=... -P PrecompileHeader.cmake
#
# Precompiles HEADER to OUTPUT with the compiler arguments in the file ARGUMENTS, a line each, for
# the cases of CompileFail.cmake. A header on its own is allowed to warn (of its #pragma once).
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${ARGUMENTS}" arguments)
list(REMOVE_ITEM arguments -Werror)
if(COMPILER MATCHES "clang")  # else every case would instantiate them anew
  list(APPEND arguments -fpch-instantiate-templates)
endif()
cmake_path(GET OUTPUT PARENT_PATH folder)
file(MAKE_DIRECTORY "${folder}")
execute_process(
  COMMAND "${COMPILER}" ${arguments} -x c++-header "${HEADER}" -o "${OUTPUT}"
  RESULT_VARIABLE result
  OUTPUT_VARIABLE output
  ERROR_VARIABLE output)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${HEADER} does not compile:\n${output}")
endif()
