# cmake -D SOURCE=... -D COMPILER=... -D ARGUMENTS=... [-D FIRST=...] -P CompileFail.cmake
#
# Passes if SOURCE does not compile, for the reason that it states in its leading comments:
#   // expect: <text>     the compiler's output contains the text (one or more such lines)
#   // limit: <bytes>     and is no larger than this (4000 if not given)
# A source that mentions VARIAD_FIXED is its own control: with VARIAD_FIXED defined it must compile.
# ARGUMENTS is a file of compiler arguments, a line each; FIRST is a list of some that come first.
cmake_minimum_required(VERSION 3.25)
file(STRINGS "${ARGUMENTS}" arguments)

# The leading comments, by line; file(STRINGS) would split a text at its semicolons.
file(READ "${SOURCE}" rest)
string(FIND "${rest}" "VARIAD_FIXED" control)
set(limit 4000)
set(expected_count 0)
while(rest MATCHES "^//([^\n]*)\n?")
  set(comment "${CMAKE_MATCH_1}")
  string(LENGTH "${CMAKE_MATCH_0}" length)
  string(SUBSTRING "${rest}" ${length} -1 rest)
  if(comment MATCHES "^ expect: (.+)$")
    math(EXPR expected_count "${expected_count} + 1")
    set(expected_${expected_count} "${CMAKE_MATCH_1}")
  elseif(comment MATCHES "^ limit: ([0-9]+)$")
    set(limit "${CMAKE_MATCH_1}")
  endif()
endwhile()
if(expected_count EQUAL 0)
  message(FATAL_ERROR "${SOURCE} begins with no line '// expect: <text>'")
endif()

# Exit code and output of compiling SOURCE with further arguments.
function(compile)
  execute_process(
    COMMAND "${COMPILER}" ${FIRST} ${arguments} ${ARGN} -fsyntax-only "${SOURCE}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  set(result "${result}" PARENT_SCOPE)
  set(output "${output}" PARENT_SCOPE)
endfunction()

set(ENV{LC_ALL} C)
compile()
if(result EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, expected an error")
elseif(NOT result EQUAL 1)
  message(FATAL_ERROR "The compiler ended with '${result}', expected an error:\n${output}")
endif()
foreach(i RANGE 1 ${expected_count})
  string(FIND "${output}" "${expected_${i}}" position)
  if(position EQUAL -1)
    message(SEND_ERROR "No '${expected_${i}}' in the compiler's output")
    set(failed ON)
  endif()
endforeach()
string(LENGTH "${output}" size)
if(size GREATER limit)
  message(SEND_ERROR "The compiler's output has ${size} bytes, expected no more than ${limit}")
  set(failed ON)
endif()
message("${output}")
if(failed)
  return()
endif()

if(NOT control EQUAL -1)
  compile(-DVARIAD_FIXED)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "With VARIAD_FIXED ${SOURCE} does not compile either:\n${output}")
  endif()
endif()
