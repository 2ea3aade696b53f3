# SPDX-License-Identifier: BSD-3-Clause
include(GNUInstallDirs)

# troupe_module(actors
#   HEADERS lock.hpp             public headers, named from actors/include/troupe/
#   SOURCES lock.cpp             named from actors/
#   LINK PUBLIC troupe::runtime) handed to target_link_libraries as it is
#
# makes the static library troupe_actors, known as troupe::actors here and to those who install it.
# The module's include root is its own, so a header of a module it does not link cannot be found.
function(troupe_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;SOURCES;LINK")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_module(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target troupe_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(troupe::${name} ALIAS ${target})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_link_libraries(${target} ${arg_LINK})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  _troupe_public_headers(${target} PUBLIC ${arg_HEADERS})
endfunction()

# troupe_umbrella(troupe HEADERS troupe.hpp LINK troupe::runtime ...) makes troupe::troupe: no code of its
# own, headers named from include/troupe/, and all that LINK names.
function(troupe_umbrella name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;LINK")
  add_library(${name} INTERFACE)
  add_library(troupe::${name} ALIAS ${name})
  target_link_libraries(${name} INTERFACE ${arg_LINK})
  _troupe_public_headers(${name} INTERFACE ${arg_HEADERS})
endfunction()

# Declares the header set (scope PUBLIC or INTERFACE) and how target and headers are installed.
# With CMAKE_VERIFY_INTERFACE_HEADER_SETS (preset dev) the target all_verify_interface_header_sets compiles
# every one of these headers alone.
function(_troupe_public_headers target scope)
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/include/troupe/")
  target_sources(${target} ${scope} FILE_SET HEADERS
    BASE_DIRS "${CMAKE_CURRENT_SOURCE_DIR}/include" FILES ${ARGN})
  install(TARGETS ${target} EXPORT troupeTargets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
endfunction()
