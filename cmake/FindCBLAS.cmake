# CBLAS by OpenBLAS: the imported target CBLAS::CBLAS, with the library and the folder of its cblas.h.
# CBLAS_INCLUDE_DIR and CBLAS_LIBRARY in the cache override what is found.
if(NOT CBLAS_LIBRARY)
  # The vendor is asked for in a scope of its own: a project around may want another.
  block(PROPAGATE CBLAS_found_libraries)
    set(BLA_VENDOR OpenBLAS)
    find_package(BLAS QUIET)
    set(CBLAS_found_libraries "${BLAS_LIBRARIES}")
  endblock()
  set(CBLAS_LIBRARY "${CBLAS_found_libraries}" CACHE STRING "OpenBLAS, with its CBLAS interface" FORCE)
  unset(CBLAS_found_libraries)
endif()

# Debian keeps the header of OpenBLAS in a folder of its own beside the reference one.
find_path(
  CBLAS_INCLUDE_DIR
  NAMES cblas.h
  PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial openblas
  DOC "Folder of the cblas.h of OpenBLAS")

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CBLAS
  REQUIRED_VARS CBLAS_LIBRARY CBLAS_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "OpenBLAS with cblas.h is needed (Debian: libopenblas-dev)")
mark_as_advanced(CBLAS_LIBRARY CBLAS_INCLUDE_DIR)

if(CBLAS_FOUND AND NOT TARGET CBLAS::CBLAS)
  add_library(CBLAS::CBLAS INTERFACE IMPORTED)
  set_target_properties(
    CBLAS::CBLAS PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${CBLAS_INCLUDE_DIR}"
                            INTERFACE_LINK_LIBRARIES "${CBLAS_LIBRARY}")
endif()
