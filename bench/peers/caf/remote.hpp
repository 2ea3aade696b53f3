// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// CAF between two processes: its middleman over loopback, and the 64-byte message as one of its types. With BENCH_TLS,
// the directory of a node's certificate, by CAF's OpenSSL module.

#include <caf/io/all.hpp>
#ifdef BENCH_TLS
#include <caf/openssl/all.hpp>
#endif

#include <bench/child.hpp>
#include <bench/frame.hpp>

#include "system.hpp"

namespace bench {

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frame& x) {
  return f(caf::meta::type_name("frame"), x.words);
}

}  // namespace bench

namespace peer {

class remote_config : public caf::actor_system_config {
 public:
  explicit remote_config(unsigned workers) {
    load<caf::io::middleman>();
#ifdef BENCH_TLS
    load<caf::openssl::manager>();
    openssl_certificate = BENCH_TLS "/node.pem";
    openssl_key = BENCH_TLS "/node.key";
    openssl_cafile = BENCH_TLS "/ca.pem";
#endif
    add_message_type<bench::frame>("frame");
    with_workers(*this, workers);
  }
};

inline caf::expected<std::uint16_t> publish(caf::actor_system& system, const caf::actor& whom) {
#ifdef BENCH_TLS
  return caf::openssl::publish(whom, 0, "127.0.0.1");
#else
  return system.middleman().publish(whom, 0, "127.0.0.1");
#endif
}

inline caf::expected<caf::actor> remote_actor(caf::actor_system& system, std::uint16_t port) {
#ifdef BENCH_TLS
  return caf::openssl::remote_actor(system, "127.0.0.1", port);
#else
  return system.middleman().remote_actor("127.0.0.1", port);
#endif
}

/// Makes `whom` reachable and tells the other process where.
inline void serve(caf::actor_system& system, const caf::actor& whom, const bench::pipe_ends& pipe) {
  auto port = publish(system, whom);
  if (!port) {
    std::fprintf(stderr, "publish: %s\n", system.render(port.error()).c_str());
    std::exit(1);
  }
  pipe.tell(*port);
}

/// The other process: spawns `what` and makes it reachable, until it quits.
template <class... What>
int serve_until_quit(caf::actor_system_config& config, const bench::pipe_ends& pipe, What... what) {
  caf::actor_system system{config};
  serve(system, system.spawn(what...), pipe);
  system.await_all_actors_done();
  return 0;
}

inline caf::actor reach(caf::actor_system& system, const bench::pipe_ends& pipe) {
  auto other = remote_actor(system, static_cast<std::uint16_t>(pipe.hear()));
  if (!other) {
    std::fprintf(stderr, "remote_actor: %s\n", system.render(other.error()).c_str());
    std::exit(1);
  }
  return *other;
}

}  // namespace peer
