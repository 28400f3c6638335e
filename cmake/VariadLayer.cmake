# variad_add_layer(<name> [<target>...]): the folder <name> as the target variad_<name>, which hands
# on the targets: a static library of its sources, or an INTERFACE target if it has headers alone.
# Headers are included as <variad/<name>/...>; the prefix is a link in the build folder, and each
# layer has a root of its own and so sees only the layers it links to.
function(variad_add_layer name)
  set(root "${PROJECT_BINARY_DIR}/include/${name}")
  set(source "${PROJECT_SOURCE_DIR}/${name}")
  file(MAKE_DIRECTORY "${root}/variad")
  file(CREATE_LINK "${source}" "${root}/variad/${name}" SYMBOLIC)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE "${source}" "${source}/*.hpp")
  list(TRANSFORM headers PREPEND "${root}/variad/${name}/")
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${source}/*.cpp")

  if(sources)
    add_library(variad_${name} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(variad_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(variad::${name} ALIAS variad_${name})
  set_target_properties(variad_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_sources(variad_${name} ${scope} FILE_SET HEADERS BASE_DIRS "${root}" FILES ${headers})
  target_link_libraries(variad_${name} ${scope} ${ARGN})
endfunction()

# variad_add_umbrella(<file>): the target variad, with the one header that includes all layers. The
# header is copied, as an install would carry over a link to a file as a link.
function(variad_add_umbrella file)
  set(root "${PROJECT_BINARY_DIR}/include/umbrella")
  configure_file("${PROJECT_SOURCE_DIR}/${file}" "${root}/variad/${file}" COPYONLY)

  add_library(variad INTERFACE)
  add_library(variad::variad ALIAS variad)
  target_sources(variad INTERFACE FILE_SET HEADERS BASE_DIRS "${root}" FILES "${root}/variad/${file}")
endfunction()
