# SPDX-License-Identifier: BSD-3-Clause
# cmake -D OUTPUT=<regex> -P run.cmake -- PROGRAM [ARGS...] runs an example and checks both its exit status
# and what it prints; ctest's own regular expression would make it forget the status.
set(command "")
set(started FALSE)
foreach(index RANGE ${CMAKE_ARGC})
  if(started AND index LESS CMAKE_ARGC)
    list(APPEND command "${CMAKE_ARGV${index}}")
  elseif("${CMAKE_ARGV${index}}" STREQUAL "--")
    set(started TRUE)
  endif()
endforeach()

execute_process(COMMAND ${command}
  OUTPUT_VARIABLE printed ECHO_OUTPUT_VARIABLE RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "ended with: ${status}")
elseif(NOT printed MATCHES "${OUTPUT}")
  message(FATAL_ERROR "printed nothing that matches: ${OUTPUT}")
endif()
