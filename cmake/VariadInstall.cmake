# Installs the headers, the compiled part and a package that find_package(variad) reads.
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/variad")

install(
  TARGETS variad_runtime variad_dsl variad_models variad
  EXPORT variadTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT variadTargets NAMESPACE variad:: DESTINATION "${package_dir}")

# What users compile with, unless they say otherwise.
set(arch_flag "-march=${VARIAD_ARCH}")
if(VARIAD_ARCH STREQUAL "none")
  set(arch_flag "")
endif()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/variadConfig.cmake.in" "${PROJECT_BINARY_DIR}/cmake/variadConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/cmake/variadConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/cmake/variadConfig.cmake"
        "${PROJECT_BINARY_DIR}/cmake/variadConfigVersion.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/FindCBLAS.cmake" "${CMAKE_CURRENT_LIST_DIR}/FindCSV.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/VariadPrecompile.cmake"
  DESTINATION "${package_dir}")

# For projects without CMake: pkg-config --cflags --libs variad.
set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH prefix_from_pc "/${pc_dir}" "/")
list(JOIN CBLAS_LIBRARY " " cblas_libraries)
configure_file("${CMAKE_CURRENT_LIST_DIR}/variad.pc.in" "${PROJECT_BINARY_DIR}/cmake/variad.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/cmake/variad.pc" DESTINATION "${pc_dir}")

install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
