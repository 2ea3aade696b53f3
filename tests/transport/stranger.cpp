// SPDX-License-Identifier: BSD-3-Clause
// A program of its own that meets the test. It has some of the test's messages, with the same layout; or,
// with TROUPE_OTHER_LAYOUT, one that looks different.
#include <iostream>
#include <string>
#include <troupe/actor_system.hpp>
#include <troupe/meeting.hpp>

namespace crew {
struct add {
#ifdef TROUPE_OTHER_LAYOUT
  short n = 0;
#else
  long n = 0;
#endif
};
struct begin_watch {
  troupe::actor_ref<> whom;
};
struct strangers_own {
  std::string text;
};
}  // namespace crew

using namespace troupe;

namespace {

class adder : public actor<crew::add, crew::strangers_own> {
 public:
  void on(crew::add) {}
  void on(const crew::strangers_own&) {}
};

task<int> talk(actor_system& system, std::string path) {
  const neighbour other = co_await connect(system, path);
  const auto notes = co_await other.find<crew::add>("notes");
  for (short i = 1; i <= 100; ++i) notes.tell(crew::add{i});
  const auto envoy = co_await other.find<crew::begin_watch>("envoy");
  envoy.tell(crew::begin_watch{system.spawn<adder>()});
  notes.tell(crew::add{1});
  (void)co_await other.wait();
  co_return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  actor_system system({.name = "stranger", .workers = 1});
  try {
    return system.run(talk(system, argv[1]));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
