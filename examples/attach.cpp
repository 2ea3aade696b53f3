// SPDX-License-Identifier: BSD-3-Clause
//
// Two programs that were started apart meet by a path. `attach serve PATH` waits there with an actor that
// greets; `attach greet PATH NAME` finds that actor and asks it. Without arguments it starts both.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <troupe/troupe.hpp>

using namespace troupe;

struct greet {
  using reply = std::string;
  std::string name;
};

class greeter : public actor<greet> {
 public:
  std::string on(const greet& m) {
    return "Hello, " + m.name + "! You are guest " + std::to_string(++guests_) + ".";
  }

 private:
  int guests_ = 0;
};

task<int> serve(actor_system& system, std::string path) {
  (void)system.register_name("greeter", system.spawn<greeter>());
  closing door(listen(system, path));  // a directory and a socket that only this user can reach
  const neighbour guest = co_await door->accept();
  (void)co_await guest.wait();
  std::cout << "The guest has gone." << std::endl;
  co_return 0;
}

task<int> visit(actor_system& system, std::string path, std::string name) {
  const neighbour host = co_await connect(system, path, {.wait_for_listener = true});
  const auto door = co_await host.find<greet>("greeter");
  std::cout << co_await door.ask(greet{name}) << std::endl;
  co_return 0;
}

int start_both(const char* program) {
  std::string directory = std::filesystem::temp_directory_path() / "attach-XXXXXX";
  if (!::mkdtemp(directory.data())) return 1;
  const std::string start = std::string("'") + program + "' ", path = " '" + directory + "/door'";
  const int status = std::system((start + "greet" + path + " Ada & " + start + "serve" + path +
                                  "; " + "served=$?; wait; exit $served")
                                     .c_str());
  std::filesystem::remove_all(directory);
  return status == 0 ? 0 : 1;
}

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc == 1) return start_both(argv[0]);
  return run(argc, argv, [&](actor_system& system) -> task<int> {
    if (what == "serve" && argc == 3) co_return co_await serve(system, argv[2]);
    if (what == "greet" && argc == 4) co_return co_await visit(system, argv[2], argv[3]);
    std::cerr << "attach [serve PATH | greet PATH NAME]\n";
    co_return 2;
  });
}
