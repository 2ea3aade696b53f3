// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <troupe/process_options.hpp>

#include "../transport/stage.hpp"

namespace troupe::conformance {

inline std::string to_string(start_method how) {
  switch (how) {
    case start_method::spawn: return "spawn";
    case start_method::forkserver: return "forkserver";
    case start_method::fork: return "fork";
  }
  return "?";
}

template <class Row>
void in_methods(std::span<const start_method> methods, const char* id, Row row) {
  for (const start_method how : methods) {
    const std::string title = std::string(id) + ", " + to_string(how);
    CAPTURE(title);
    stage s(title.c_str());
    row(s, how);
  }
}

/// A row of processes counts only if it holds whichever way they are started.
template <class Row>
void in_every_method(const char* id, Row row) {
  in_methods(all_methods, id, row);
}

}  // namespace troupe::conformance
