# SPDX-License-Identifier: BSD-3-Clause
# The package that find_package(troupe) finds. Libraries and headers are installed by troupe_module.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/troupe")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/troupeConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/troupeConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/troupeConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

install(EXPORT troupeTargets NAMESPACE troupe:: DESTINATION "${package_dir}")
if(TARGET troupe_caf)
  install(EXPORT troupe_cafTargets NAMESPACE troupe:: DESTINATION "${package_dir}")
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake" DESTINATION "${package_dir}")
endif()
install(FILES
  "${PROJECT_BINARY_DIR}/troupeConfig.cmake"
  "${PROJECT_BINARY_DIR}/troupeConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/compiler.cmake"
  DESTINATION "${package_dir}")
