// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of a timeout that is meant for something else. A process-wide one for sockets, as
// Python has it, does not exist here; the one that sockets have is the limit of a handshake.
#include <private_directory.hpp>
#include <troupe/meeting.hpp>
#include <troupe/pipe.hpp>

#include "../transport/lives.hpp"
#include "methods.hpp"

namespace timeout_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace std::chrono_literals;
using lives::begun;
using lives::note;
using lives::notebook;
using lives::notes;

constexpr auto limit = 2s;  // a handshake must not take so long, not even on a machine that stalls
constexpr auto later = limit + 100ms;

/// Speaks at a pipe, at a listener, and to whom it has met, each time later than any limit of a socket.
task<int> speak_late(actor_system& system, connection<int> end, std::string path) {
  co_await sleep_for(later);
  co_await end.send(123);
  end.close();
  const neighbour other = co_await connect(system, path, {.timeout = limit});
  const auto book = co_await other.find<note>("book");
  book.tell(note{"at once"});
  co_await sleep_for(later);
  book.tell(note{"later"});
  co_return other.is_connected() ? 0 : 1;
}

TEST_CASE(
    "CN31 connection: the time limit of sockets does not affect pipes, listeners or clients") {
  in_every_method("CN31", [](stage& s, start_method how) {
    const private_directory directory;
    const auto path = directory.path() / "door";
    const auto [ours, theirs] = pipe<int>(s.system);
    {
      actor_system other({.workers = 1});
      const auto book = other.spawn<notebook>();
      REQUIRE(other.register_name("book", actor_ref<note>(book)).has_value());
      closing door(listen(other, path, {.timeout = limit}));
      auto child = begun<&speak_late>(s.system, {.method = how}, theirs, path.string());
      CHECK(ours.receive().get() == 123);
      CHECK(other.run(door->accept()).pid() == child.pid());
      CHECK(book.ask(notes{2}).get() == std::vector<std::string>{"at once", "later"});
      CHECK(end_of(s.system, child).code == 0);
    }
    ours.close();
  });
}

}  // namespace timeout_rows
