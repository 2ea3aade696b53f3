// SPDX-License-Identifier: BSD-3-Clause
#include "tls_watch.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace troupe::detail {
namespace {

thread_local const tls_watch* watching = nullptr;

/// Called when a handshake goes on, stops for want of bytes, or fails.
void on_step(const SSL*, int where, int result) {
  if (!watching || !(where & SSL_CB_EXIT) || result > 0) return;
  const unsigned long error = ERR_peek_error();
  if (error == 0) return;
  // Who has only looked whether anybody listens is no caller: probe.cpp does.
  if (ERR_GET_REASON(error) != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    const char* why = ERR_reason_error_string(error);
    watching->report(why ? why : "a TLS handshake that fails");
  }
  ERR_clear_error();
}

void on_new_context(void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_CTX_set_info_callback(static_cast<SSL_CTX*>(context), &on_step);
}

bool add_callback() {
  return CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr, &on_new_context, nullptr,
                                 nullptr) >= 0;
}

}  // namespace

tls_watch::tls_watch(std::function<void(const std::string&)> refused)
    : refused_(std::move(refused)) {
  static const bool added = add_callback();
  (void)added;
}

void tls_watch::watch_this_thread() noexcept { watching = this; }

}  // namespace troupe::detail
