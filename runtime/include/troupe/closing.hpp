// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

namespace troupe {

/// Closes what it is given at the end of a scope: `closing door(listen(system, path));`. For handles whose
/// copies mean the same one, and which therefore cannot close it when a copy goes.
template <class Closable>
class [[nodiscard]] closing {
 public:
  explicit closing(Closable what) noexcept : what_(std::move(what)) {}
  closing(const closing&) = delete;
  closing& operator=(const closing&) = delete;
  ~closing() { what_.close(); }

  Closable& operator*() noexcept { return what_; }
  Closable* operator->() noexcept { return &what_; }

 private:
  Closable what_;
};

}  // namespace troupe
