# libcsv: the imported target CSV::CSV. CSV_INCLUDE_DIR and CSV_LIBRARY in the cache override what is
# found.
find_path(CSV_INCLUDE_DIR NAMES csv.h DOC "Folder of the csv.h of libcsv")
find_library(CSV_LIBRARY NAMES csv DOC "libcsv")

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  CSV
  REQUIRED_VARS CSV_LIBRARY CSV_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "libcsv with csv.h is needed (Debian: libcsv-dev)")
mark_as_advanced(CSV_LIBRARY CSV_INCLUDE_DIR)

if(CSV_FOUND AND NOT TARGET CSV::CSV)
  add_library(CSV::CSV UNKNOWN IMPORTED)
  set_target_properties(CSV::CSV PROPERTIES IMPORTED_LOCATION "${CSV_LIBRARY}"
                                            INTERFACE_INCLUDE_DIRECTORIES "${CSV_INCLUDE_DIR}")
endif()
