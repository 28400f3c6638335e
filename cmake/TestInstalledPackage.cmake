# cmake -D BUILD_DIR=... -D PROJECT_DIR=... -D WORK_DIR=... -D CXX_COMPILER=... -D GENERATOR=...
#       -D CONFIG=... -D ARCH=... -P TestInstalledPackage.cmake
# Installs to a prefix of its own, then configures, builds and runs a project that finds it there.
cmake_minimum_required(VERSION 3.25)
set(prefix "${WORK_DIR}/prefix")
file(REMOVE_RECURSE "${WORK_DIR}")

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install "${BUILD_DIR}" --prefix "${prefix}" --config "${CONFIG}")

# A link would lead back to the sources, and the package would work on this machine only.
file(GLOB_RECURSE installed LIST_DIRECTORIES true "${prefix}/*")
foreach(entry IN LISTS installed)
  if(IS_SYMLINK "${entry}")
    message(FATAL_ERROR "${entry} is installed as a link, expected a file")
  endif()
endforeach()

# Configures, builds and runs the project with a compiler.
function(use_package build_dir compiler)
  run(${CMAKE_COMMAND}
      -S "${PROJECT_DIR}"
      -B "${build_dir}"
      -G "${GENERATOR}"
      "-DCMAKE_BUILD_TYPE=${CONFIG}"
      "-DCMAKE_CXX_COMPILER=${compiler}"
      "-DCMAKE_PREFIX_PATH=${prefix}")
  run(${CMAKE_COMMAND} --build "${build_dir}" --config "${CONFIG}")
  run(${CMAKE_CTEST_COMMAND} --test-dir "${build_dir}" -C "${CONFIG}" --output-on-failure
      --no-tests=error)
endfunction()
use_package("${WORK_DIR}/build" "${CXX_COMPILER}")

# What one compiler has built serves the other: their names of functions agree.
set(other clang++-19)
if(CXX_COMPILER MATCHES "clang")
  set(other g++)
endif()
find_program(VARIAD_OTHER_COMPILER NAMES ${other})
if(VARIAD_OTHER_COMPILER)
  use_package("${WORK_DIR}/build-other" "${VARIAD_OTHER_COMPILER}")
else()
  message(STATUS "no other compiler: ${other} is missing")
endif()

# Flags of the project go before those of the library, and what cannot work then is said when it is
# linked; without a build type there is a warning.
cmake_host_system_information(RESULT processor QUERY OS_PLATFORM)
if(processor STREQUAL "x86_64" AND NOT ARCH STREQUAL "none")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -S "${PROJECT_DIR}" -B "${WORK_DIR}/build-arch" -G "${GENERATOR}"
            "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}" "-DCMAKE_PREFIX_PATH=${prefix}"
            -DCMAKE_CXX_FLAGS=-march=x86-64 COMMAND_ERROR_IS_FATAL ANY
    ERROR_VARIABLE warning)
  execute_process(
    COMMAND ${CMAKE_COMMAND} --build "${WORK_DIR}/build-arch"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output)
  if(result EQUAL 0 OR NOT output MATCHES "program_and_library_need_the_same_march")
    message(FATAL_ERROR "expected an error of the linker with another instruction set:\n${output}")
  endif()
  string(REGEX REPLACE "[ \n]+" " " warning "${warning}")
  if(NOT warning MATCHES "CMAKE_BUILD_TYPE is empty.*configure with -DCMAKE_BUILD_TYPE=Release")
    message(FATAL_ERROR "expected a warning of the missing build type:\n${warning}")
  endif()
endif()

# Without CMake.
find_program(VARIAD_PKG_CONFIG NAMES pkg-config pkgconf REQUIRED)
file(GLOB_RECURSE pc "${prefix}/variad.pc")
cmake_path(GET pc PARENT_PATH pc_dir)
set(ENV{PKG_CONFIG_PATH} "${pc_dir}")
execute_process(
  COMMAND "${VARIAD_PKG_CONFIG}" --cflags --libs variad COMMAND_ERROR_IS_FATAL ANY
  OUTPUT_VARIABLE flags
  OUTPUT_STRIP_TRAILING_WHITESPACE)
separate_arguments(flags UNIX_COMMAND "${flags}")
run("${CXX_COMPILER}" -O1 "${PROJECT_DIR}/main.cpp" ${flags} -o "${WORK_DIR}/user")
run("${WORK_DIR}/user")
