// SPDX-License-Identifier: BSD-3-Clause
// What CPython's tests assert of the ways to start a process, and of what a child does with what it was given.
#include <set>
#include <troupe/process.hpp>
#include <troupe/process_pool.hpp>
#include <troupe/queue.hpp>

#include "../transport/lives.hpp"
#include "methods.hpp"

namespace start_method_rows {

using namespace troupe;
using namespace troupe::conformance;
using lives::begun;

task<int> own_method(actor_system& system) {
  co_return static_cast<int>(system.parent()->method());
}
task<int> default_method(actor_system& system) {
  co_return static_cast<int>(system.default_start_method());
}
int method_code(start_method how) { return static_cast<int>(how); }

task<void> put_one(actor_system&, queue<int> q) { (void)co_await q.put(1); }
task<int> put_two_and_nest(actor_system& system, queue<int> q, start_method how) {
  (void)co_await q.put(2);
  process child = co_await system.start_process<&put_one>({.method = how}, q);
  const exit_reason why = co_await child.wait();
  co_return why.code;
}

int square(int x) { return x * x; }
task<int> run_pool(actor_system& system, start_method how) {
  const pool workers = co_await pool::start(system, {.processes = 4}, {.method = how});
  const auto squares = co_await workers.map<&square>(std::vector<int>{1, 2, 3});
  co_await workers.close();
  co_await workers.join();
  co_return squares == std::vector<int>{1, 4, 9} ? 0 : 1;
}

// CPython's context is an object from which processes are made; ours are options.
TEST_CASE("SM01 start method: options say which method they use, and it cannot be changed") {
  in_every_method("SM01", [](stage& s, start_method how) {
    const process_options context{.method = how};
    static_assert(!std::is_assignable_v<decltype((context.method)), start_method>);
    for (const start_method other : {start_method::spawn, start_method::forkserver}) {
      s.system.set_default_start_method(other);
      CHECK(end_of(s.system, begun<&own_method>(s.system, context)).code == method_code(how));
      CHECK(context.method == how);
      const process_options& same = context;
      CHECK(same.method == how);
    }
  });
}

TEST_CASE("SM03 start method: the default is set, read back, and is what new processes use") {
  stage s("SM03");
  CHECK(s.system.default_start_method() == start_method::spawn);
  for (const start_method how :
       {start_method::forkserver, start_method::spawn, start_method::forkserver}) {
    s.system.set_default_start_method(how);
    CHECK(s.system.default_start_method() == how);
    CHECK(end_of(s.system, begun<&own_method>(s.system, {})).code == method_code(how));
    CHECK(end_of(s.system, begun<&default_method>(s.system, {})).code == method_code(how));
  }
}

TEST_CASE("SM06 start method: a child hands a queue it was given on to its own child") {
  in_every_method("SM06", [](stage& s, start_method how) {
    for (const start_method next : {start_method::spawn, start_method::forkserver}) {
      const auto q = queue<int>::spawn(s.system);
      auto child = begun<&put_two_and_nest>(s.system, {.method = how}, q, next);
      CHECK(end_of(s.system, child).code == 0);
      CHECK(std::set{*q.get_nowait().get(), *q.get_nowait().get()} == std::set{1, 2});
      CHECK(q.empty().get());
    }
  });
}

TEST_CASE("PR40 process: a child runs a pool") {
  in_every_method("PR40", [](stage& s, start_method how) {
    CHECK(end_of(s.system, begun<&run_pool>(s.system, {.method = how}, how)).code == 0);
  });
}

}  // namespace start_method_rows
