// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <troupe/simulation.hpp>

/// Made last in a scenario, so that also a run that failed ends its actors before what they refer to is
/// gone: else the search would crash instead of telling what it has found.
class shuts_down {
 public:
  explicit shuts_down(troupe::simulation& sim) : sim_(sim) {}
  shuts_down(const shuts_down&) = delete;
  shuts_down& operator=(const shuts_down&) = delete;
  ~shuts_down() { sim_.system().shutdown(); }

 private:
  troupe::simulation& sim_;
};
