# SPDX-License-Identifier: BSD-3-Clause
# Which compilers are refused. Installed too: a user's own coroutines meet the same compiler fault.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "GCC 12 is refused: it frees twice the temporaries of an awaited expression "
    "(co_await r.ask(text{std::string(...)}) is enough). Use Clang 19 or GCC 13 and later.\n"
    "This compiler is GCC ${CMAKE_CXX_COMPILER_VERSION}.")
endif()
