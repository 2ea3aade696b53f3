// SPDX-License-Identifier: BSD-3-Clause
#include "engine.hpp"

#include <openssl/ssl.h>

#include <caf/openssl/manager.hpp>
#include <chrono>
#include <set>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace troupe::detail {
namespace {

[[maybe_unused]] const bool types_known = make_types_known<caf::io::middleman>();

using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

void check(const cluster_options& options) {
  const auto refuse = [](const std::string& why) {
    throw std::invalid_argument("cluster_options." + why);
  };
  using std::chrono::nanoseconds;
  if (options.heartbeat < std::chrono::milliseconds{1}) refuse("heartbeat must be at least 1 ms");
  if (options.silence_max < 2 * options.heartbeat)
    refuse("silence_max must be at least twice the heartbeat");
  if (options.handshake_timeout <= nanoseconds{})
    refuse("handshake_timeout must be more than zero");
  if (options.reconnect_pause <= nanoseconds{}) refuse("reconnect_pause must be more than zero");
  if (options.reconnect_pause_max < options.reconnect_pause)
    refuse("reconnect_pause_max is less than reconnect_pause");
  if (!options.tls) return;
  // CAF would end the program over a file that it cannot read, and later.
  const context_ptr context(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  const auto& [certificate, key, ca] = *options.tls;
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1)
    refuse("tls.certificate: '" + certificate.string() + "' is no certificate that can be read");
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
    refuse("tls.key: '" + key.string() + "' is no private key of that certificate");
  if (SSL_CTX_load_verify_locations(context.get(), ca.c_str(), nullptr) != 1)
    refuse("tls.ca: '" + ca.string() + "' is no certificate that can be read");
}

}  // namespace

engine::configuration::configuration(const cluster_options& options) {
  check(options);
  add_parcel(*this);
  load<caf::io::middleman>();
  set(caf_option("scheduler.max-threads"), 1);  // it has nothing to run but what opens connections
  set(caf_option("middleman.workers"), 0);  // who reads also decodes: one thread less to be woken
  set(caf_option("middleman.heartbeat-interval"), caf::timespan{options.heartbeat});
  set(caf_option("middleman.connection-timeout"), caf::timespan{options.silence_max});
  if (!options.tls) return;
  load<caf::openssl::manager>();
  set(caf_option("openssl.certificate"), options.tls->certificate.string());
  set(caf_option("openssl.key"), options.tls->key.string());
  set(caf_option("openssl.cafile"), options.tls->ca.string());
}

engine::engine(reactor& io, const cluster_options& options,
               std::function<void(const std::string& why)> refused)
    : io_(io),
      has_tls_(options.tls.has_value()),
      silence_max_(options.silence_max),
      watch_(std::move(refused)),
      configuration_(options),
      system_(configuration_) {
  // Handshakes are gone on with where all connections are read.
  if (has_tls_) system_.middleman().backend().post([this] { watch_.watch_this_thread(); });
}

engine::~engine() {
  stop_listening();
  // A middleman that ends while it connects leaves a thread behind, and CAF waits for that one for ever.
  {
    std::unique_lock hold{mutex_};
    call_over_.wait(hold, [this] { return calls_ == 0; });
  }
  cut_sockets_in_time();
}

void engine::end_call() noexcept {
  const std::scoped_lock hold{mutex_};
  --calls_;
  call_over_.notify_all();
}

// When there is one more: a connection that is lost is no longer to be found there.
void engine::note_sockets() {
  system_.middleman().backend().post([this] { sockets_.note(system_.middleman()); });
}

void engine::cut_sockets_in_time() {
  note_sockets();  // of those who have only looked at the port, too
  try {
    cutter_ = std::jthread(
        [this](const std::stop_token& ended) { sockets_.cut_after(silence_max_, ended); });
  } catch (const std::system_error&) {
    sockets_.cut();
  }
}

caf::io::middleman_actor engine::middleman() {
  return has_tls_ ? system_.openssl_manager().actor_handle() : system_.middleman().actor_handle();
}

std::uint16_t engine::listen(const std::string& host, std::uint16_t port, on_call called,
                             std::string& error) {
  doorkeeper_ = system_.spawn<caf::actor_companion, caf::hidden>();
  caf::actor_cast<caf::actor_companion*>(doorkeeper_)
      ->on_enqueue([this, called = std::move(called)](caf::mailbox_element_ptr e) {
        auto p = parcel_in(*e);
        if (!p || p->what != parcel::hail || !e->sender) return;
        note_sockets();
        called(e->sender, *p);
      });
  caf::scoped_actor self(system_, true);
  request(self, middleman(), caf::publish_atom{}, port,
          caf::actor_cast<caf::strong_actor_ptr>(doorkeeper_), std::set<std::string>{}, host, true)
      .receive([this](std::uint16_t opened) { port_ = opened; },
               [&](const caf::error& why) { error = to_text(why, system_); });
  return port_;
}

void engine::stop_listening() noexcept {
  if (!doorkeeper_) return;
  if (port_ != 0) {
    middleman()->enqueue(
        element(nullptr, caf::make_message_id(), caf::close_atom{}, std::exchange(port_, 0)),
        nullptr);
  }
  caf::actor_cast<caf::actor_companion*>(doorkeeper_)->cleanup(caf::error{}, nullptr);
  doorkeeper_ = nullptr;
}

void engine::call(const std::string& host, std::uint16_t port, on_answer heard) {
  {
    const std::scoped_lock hold{mutex_};
    ++calls_;
  }
  auto caller = [this, host, port](caf::event_based_actor* self, const on_answer& told) {
    request(self, middleman(), caf::connect_atom{}, host, port)
        .then(
            [this, told](const caf::node_id&, caf::strong_actor_ptr& who,
                         const std::set<std::string>&) {
              note_sockets();
              told(who, who ? "" : "nobody is published at that port");
              end_call();
            },
            [this, told](const caf::error& why) {
              told(nullptr, to_text(why, system_));
              end_call();
            });
  };
  // With an argument: CAF dereferences a null pointer to those that there are none of.
  system_.spawn<caf::hidden>(std::move(caller), std::move(heard));
}

}  // namespace troupe::detail
