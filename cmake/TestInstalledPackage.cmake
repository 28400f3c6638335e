# cmake -D BUILD_DIR=... -D PROJECT_DIR=... -D WORK_DIR=... -D CXX_COMPILER=... -D GENERATOR=...
#       -D CONFIG=... -P TestInstalledPackage.cmake
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

run(${CMAKE_COMMAND}
    -S "${PROJECT_DIR}"
    -B "${WORK_DIR}/build"
    -G "${GENERATOR}"
    "-DCMAKE_BUILD_TYPE=${CONFIG}"
    "-DCMAKE_CXX_COMPILER=${CXX_COMPILER}"
    "-DCMAKE_PREFIX_PATH=${prefix}")
run(${CMAKE_COMMAND} --build "${WORK_DIR}/build" --config "${CONFIG}")
run(${CMAKE_CTEST_COMMAND} --test-dir "${WORK_DIR}/build" -C "${CONFIG}" --output-on-failure
    --no-tests=error)
