# cmake -D SOURCE_DIR=... -P CheckIncludes.cmake
# Files of the library include by prefix in angle brackets, and nothing includes through "..":
# through the links of the build folder that would compile, and break the layers.
cmake_minimum_required(VERSION 3.25)
file(GLOB_RECURSE library RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/runtime/*.[ch]pp"
     "${SOURCE_DIR}/dsl/*.[ch]pp" "${SOURCE_DIR}/models/*.[ch]pp" "${SOURCE_DIR}/variad.hpp")
file(GLOB_RECURSE others RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/tests/*.[ch]pp"
     "${SOURCE_DIR}/examples/*.[ch]pp" "${SOURCE_DIR}/benchmarks/*.[ch]pp")

set(directive "^[ \t]*#[ \t]*include[ \t]*")
set(count 0)
foreach(file IN LISTS library others)
  file(STRINGS "${SOURCE_DIR}/${file}" includes REGEX "${directive}")
  foreach(line IN LISTS includes)
    if(line MATCHES "${directive}[<\"]([^>\"]*/)?\\.\\.?/")
      message(SEND_ERROR "${file}: '${line}' includes by a relative path, expected <variad/...>")
    elseif(file IN_LIST library AND line MATCHES "${directive}\"")
      message(SEND_ERROR "${file}: '${line}' includes in quotes, expected <variad/...>")
    endif()
    math(EXPR count "${count} + 1")
  endforeach()
endforeach()
if(count EQUAL 0)
  message(FATAL_ERROR "No #include found below ${SOURCE_DIR}, expected the sources of variad")
endif()
message(STATUS "${count} includes checked")
