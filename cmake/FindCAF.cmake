# SPDX-License-Identifier: BSD-3-Clause
# find_package(CAF 0.17.6 [REQUIRED] [COMPONENTS core io openssl]) gives CAF::core, CAF::io, CAF::openssl and
# CAF_VERSION. Without COMPONENTS it looks for core and io.
#
# CAF 1 installs a CMake package, which is taken if CMAKE_PREFIX_PATH or CAF_DIR leads to it. What has none, as Debian's
# CAF 0.17.6, is found by its headers and libraries; -DCAF_INCLUDE_DIR=... looks for no package.
if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core io)
  set(CAF_FIND_REQUIRED_core TRUE)
  set(CAF_FIND_REQUIRED_io TRUE)
endif()
include(FindPackageHandleStandardArgs)
find_package(Threads QUIET)

if(CAF_DIR OR NOT CAF_INCLUDE_DIR)
  find_package(CAF 1 CONFIG QUIET)  # without a version it would ask for that of the caller, and 1 is not 0.17
  if(CAF_FOUND)
    foreach(_caf_part IN LISTS CAF_FIND_COMPONENTS)
      if(TARGET CAF::${_caf_part})
        set(CAF_${_caf_part}_FOUND TRUE)
      endif()
    endforeach()
    find_package_handle_standard_args(CAF CONFIG_MODE HANDLE_COMPONENTS)
    return()
  endif()
endif()

find_path(CAF_INCLUDE_DIR NAMES caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

# `#define CAF_VERSION 1706` is 0.17.06: major * 10000 + minor * 100 + patch. In CAF 1 there is a CAF_VERSION_STR, elsewhere.
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" _caf_line REGEX "^#define CAF_VERSION [0-9]+$")
  if(_caf_line MATCHES "([0-9]+)$")
    math(EXPR _caf_major "${CMAKE_MATCH_1} / 10000")
    math(EXPR _caf_minor "${CMAKE_MATCH_1} / 100 % 100")
    math(EXPR _caf_patch "${CMAKE_MATCH_1} % 100")
    set(CAF_VERSION "${_caf_major}.${_caf_minor}.${_caf_patch}")
  else()
    file(STRINGS "${CAF_INCLUDE_DIR}/caf/detail/build_config.hpp" _caf_line REGEX "^#define CAF_VERSION_STR ")
    if(_caf_line MATCHES "\"(.+)\"")
      set(CAF_VERSION "${CMAKE_MATCH_1}")
    endif()
  endif()
endif()

foreach(_caf_part IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${_caf_part}_LIBRARY NAMES caf_${_caf_part})
  mark_as_advanced(CAF_${_caf_part}_LIBRARY)
  if(CAF_INCLUDE_DIR AND CAF_${_caf_part}_LIBRARY)
    set(CAF_${_caf_part}_FOUND TRUE)
  endif()
endforeach()

find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)

if(CAF_FOUND)
  foreach(_caf_part IN LISTS CAF_FIND_COMPONENTS)
    if(CAF_${_caf_part}_FOUND AND NOT TARGET CAF::${_caf_part})
      add_library(CAF::${_caf_part} UNKNOWN IMPORTED)
      set_target_properties(CAF::${_caf_part} PROPERTIES
        IMPORTED_LOCATION "${CAF_${_caf_part}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}"
        INTERFACE_LINK_LIBRARIES Threads::Threads)
      if(NOT _caf_part STREQUAL "core" AND TARGET CAF::core)
        set_property(TARGET CAF::${_caf_part} APPEND PROPERTY INTERFACE_LINK_LIBRARIES CAF::core)
      endif()
    endif()
  endforeach()
endif()
