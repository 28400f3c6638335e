# Installs the headers, the compiled part and a package that find_package(variad) reads.
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/variad")

install(
  TARGETS variad_runtime variad_dsl variad_models variad
  EXPORT variadTargets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT variadTargets NAMESPACE variad:: DESTINATION "${package_dir}")

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/variadConfig.cmake.in" "${PROJECT_BINARY_DIR}/cmake/variadConfig.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/cmake/variadConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(
  FILES "${PROJECT_BINARY_DIR}/cmake/variadConfig.cmake"
        "${PROJECT_BINARY_DIR}/cmake/variadConfigVersion.cmake"
        "${CMAKE_CURRENT_LIST_DIR}/FindCBLAS.cmake" "${CMAKE_CURRENT_LIST_DIR}/VariadPrecompile.cmake"
  DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
