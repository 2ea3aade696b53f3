# SPDX-License-Identifier: BSD-3-Clause
include(GNUInstallDirs)

# troupe_module(actors
#   HEADERS lock.hpp             public headers, and those in detail/, named from actors/include/troupe/
#   SOURCES lock.cpp             named from actors/
#   LINK PUBLIC troupe::runtime  handed to target_link_libraries as it is
#   PRECOMPILE <mutex>           what most sources include, compiled once
#   COMPONENT)                   found by find_package(troupe COMPONENTS actors) only
#
# makes the static library troupe_actors, known as troupe::actors here and to those who install it.
# The module's include root is its own, so a header of a module it does not link cannot be found.
#
# Ten sources are compiled as one, unless TROUPE_UNITY_BUILD is off, as in the preset dev. So names that are local
# to a file differ within a module; and each source includes what it uses all the same.
function(troupe_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COMPONENT" "" "HEADERS;SOURCES;LINK;PRECOMPILE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_module(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target troupe_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(troupe::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} ${arg_LINK})
  target_precompile_headers(${target} PRIVATE ${arg_PRECOMPILE})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name}
    UNITY_BUILD ${TROUPE_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE 10)
  set(export troupeTargets)
  if(arg_COMPONENT)
    set(export troupe_${name}Targets)
  endif()
  # With CMAKE_VERIFY_INTERFACE_HEADER_SETS (preset lint) the target all_verify_interface_header_sets compiles
  # every public header alone; not those in detail/, which users do not include.
  set(details ${arg_HEADERS})
  list(FILTER details INCLUDE REGEX "(^|/)detail/")
  list(FILTER arg_HEADERS EXCLUDE REGEX "(^|/)detail/")
  set_target_properties(${target} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
  set(include "${CMAKE_CURRENT_SOURCE_DIR}/include")
  list(TRANSFORM arg_HEADERS PREPEND "${include}/troupe/")
  list(TRANSFORM details PREPEND "${include}/troupe/")
  target_sources(${target}
    PUBLIC FILE_SET HEADERS BASE_DIRS "${include}" FILES ${arg_HEADERS}
    PUBLIC FILE_SET details TYPE HEADERS BASE_DIRS "${include}" FILES ${details})
  install(TARGETS ${target} EXPORT ${export}
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILE_SET details DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endfunction()
