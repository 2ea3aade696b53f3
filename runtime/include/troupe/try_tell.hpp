// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <boost/system/result.hpp>
#include <troupe/bounds.hpp>
#include <troupe/detail/cell.hpp>
#include <troupe/error.hpp>
#include <tuple>

namespace troupe {

/// A message that was not accepted, and why: errc::mailbox_full or errc::actor_down.
template <class M>
struct refused {
  M message;
  errc reason;
};

template <class M>
[[noreturn]] void throw_exception_from_error(const refused<M>& r, const boost::source_location&) {
  throw_failure({r.reason, "the message was not accepted", {}});
}

namespace detail {

template <class M, class Value>
boost::system::result<void, refused<M>> try_tell(const address& to, Value&& message) {
  envelope_ptr e(make_envelope(envelope_kind::tell, std::forward<Value>(message)));
  switch (to.home ? try_post(to, e.get()) : posted::gone) {
    case posted::accepted: std::ignore = e.release(); return {};
    case posted::full: return refused<M>{std::move(e->as<M>()), errc::mailbox_full};
    case posted::gone: break;
  }
  return refused<M>{std::move(e->as<M>()), errc::actor_down};
}

}  // namespace detail
}  // namespace troupe
