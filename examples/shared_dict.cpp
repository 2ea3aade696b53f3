// SPDX-License-Identifier: BSD-3-Clause
//
// One dict for several processes. `add` is sent to where the dict is and runs there, with nothing else in
// between: no lock, and no count is lost.
//
//   ./dev example shared_dict

#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <troupe/troupe.hpp>

using namespace troupe;

using counts = dict<std::string, long>;

long add(long& count, long by) noexcept { return count += by; }

behavior count_words(mailbox<>, counts all, std::string text) {
  std::istringstream words(text);
  for (std::string word; words >> word;) co_await all.update<&add>(word, 1);
}

int main(int argc, char** argv) {
  return run(argc, argv, [](actor_system& system) -> task<int> {
    const auto all = counts::spawn(system);
    std::vector<actor_ref<>> clerks;
    for (const char* text : {"to be or not to be", "to see or not to see", "let be"}) {
      process clerk = co_await system.start_process({});
      clerks.push_back(co_await clerk.spawn<count_words>(all, std::string(text)));
    }
    for (const auto& each : clerks) co_await ended(each);

    const auto entries = co_await all.snapshot();
    for (const auto& [word, count] : std::map<std::string, long>(entries.begin(), entries.end())) {
      std::cout << count << ' ' << word << '\n';
    }
    co_return 0;
  });
}
