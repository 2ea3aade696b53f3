// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// Runs a coroutine with this program's system and another program that can be spawned in: for X1, X2 and X4 a process
// at the end of a pipe; for N1, N2 and N3, the same sources built with BENCH_NODES, a node met over loopback TCP; and
// with BENCH_TLS, the directory of a node's certificate, over TLS.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

#ifdef BENCH_NODES
#include <bench/child.hpp>
#include <troupe/cluster.hpp>
#else
#include <troupe/process.hpp>
#endif

namespace bench {

#ifdef BENCH_NODES

using other = troupe::cluster_node;

inline troupe::cluster_options among_friends() {
#ifdef BENCH_TLS
  return {.tls = troupe::cluster_tls{BENCH_TLS "/node.pem", BENCH_TLS "/node.key",
                                     BENCH_TLS "/ca.pem"}};
#else
  return {.key = "nobody else may spawn here"};
#endif
}

template <class Parse, class Work>
int run_apart(int argc, char** argv, Parse parse, Work work) {
  const options chosen = parse(argc, argv);
  const troupe::cluster_options trusted = among_friends();
  const child there([&](const pipe_ends& pipe) {
    troupe::actor_system system({.name = "there", .workers = chosen.workers});
    troupe::cluster node(system, trusted);
    pipe.tell(node.listen(0));
    pipe.hear();
    return 0;
  });
  troupe::actor_system system({.name = "here", .workers = chosen.workers});
  troupe::cluster node(system, trusted);
  const auto port = static_cast<std::uint16_t>(there.ends().hear());
  const int code = system.run(work(system, system.run(node.connect("127.0.0.1", port)), chosen));
  there.ends().tell(0);
  return there.join() ? code : 1;
}

#else

using other = troupe::process;

template <class Parse, class Work>
int run_apart(int argc, char** argv, Parse parse, Work work) {
  if (auto code = troupe::detail::live_as_child(argc, argv)) return *code;
  const options chosen = parse(argc, argv);
  troupe::actor_system system({.workers = chosen.workers});
  return system.run(work(system, system.run(system.start_process({.name = "other"})), chosen));
}

#endif

}  // namespace bench
