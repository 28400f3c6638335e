# cmake -D SOURCE_DIR=... -P CheckIncludes.cmake
# Files of the library include by prefix in angle brackets, and nothing includes through "..":
# through the links of the build folder that would compile, and break the layers. The folders of
# dsl/ are layers, too: a file includes from its own and from those before.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE library RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/runtime/*.[ch]pp"
     "${SOURCE_DIR}/dsl/*.[ch]pp" "${SOURCE_DIR}/models/*.[ch]pp" "${SOURCE_DIR}/variad.hpp")
file(GLOB_RECURSE others RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/tests/*.[ch]pp"
     "${SOURCE_DIR}/examples/*.[ch]pp" "${SOURCE_DIR}/benchmarks/*.[ch]pp")

set(directive "^[ \t]*#[ \t]*include[ \t]*")
set(dsl_layers syntax graph contracts ops families estimators objectives guides passes engine code
               inference)
set(count 0)
foreach(file IN LISTS library others)
  set(layer -1)
  if(file MATCHES "^dsl/([^/]+)/")
    list(FIND dsl_layers "${CMAKE_MATCH_1}" layer)
    if(layer EQUAL -1)
      message(SEND_ERROR "${file}: found a folder of dsl/ that is no layer, expected one of "
                         "${dsl_layers}: give it its place in cmake/CheckIncludes.cmake")
    endif()
  endif()
  file(STRINGS "${SOURCE_DIR}/${file}" includes REGEX "${directive}")
  foreach(line IN LISTS includes)
    if(line MATCHES "${directive}[<\"]([^>\"]*/)?\\.\\.?/")
      message(SEND_ERROR "${file}: '${line}' includes by a relative path, expected <variad/...>")
    elseif(file IN_LIST library AND line MATCHES "${directive}\"")
      message(SEND_ERROR "${file}: '${line}' includes in quotes, expected <variad/...>")
    endif()
    if(layer GREATER -1 AND line MATCHES "<variad/dsl/([^/]+)/")
      list(FIND dsl_layers "${CMAKE_MATCH_1}" included)
      if(included GREATER layer)
        message(SEND_ERROR "${file}: '${line}' includes from a later layer of dsl/")
      endif()
    endif()
    math(EXPR count "${count} + 1")
  endforeach()
endforeach()
if(count EQUAL 0)
  message(FATAL_ERROR "No #include found below ${SOURCE_DIR}, expected the sources of variad")
endif()
message(STATUS "${count} includes checked")
