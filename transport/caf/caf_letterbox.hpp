// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <troupe/detail/caf_emissary.hpp>
#include <unordered_map>

#include "caf_compat.hpp"

namespace troupe::detail {

/// The CAF actor in whose name an emissary asks. It has no mailbox: who answers, or ends, does the rest on its
/// own thread. \thread any
class caf_letterbox final : public unqueued_actor<caf_letterbox> {
 public:
  caf_letterbox(caf::actor_config& how, const detail::address& emissary, std::uint32_t asks_max)
      : unqueued_actor(how), emissary_(emissary), asks_max_(asks_max) {}

  bool take(caf::mailbox_element& what);
  void refuse(caf::mailbox_element& what);
  void on_unreachable_now() {}
  const char* name() const override { return "troupe.letterbox"; }

  /// \return the number under which the answer comes; 0: `question` has failed already
  std::uint64_t expect(std::unique_ptr<caf_question> question, const std::stop_token& given_up);
  /// The emissary has ended. \return true: before the CAF actor
  bool close();

 private:
  struct withdrawal {
    caf_letterbox* box;
    std::uint64_t id;
    void operator()() const { box->withdraw(id); }
  };
  using watch = std::stop_callback<withdrawal>;
  struct expected {
    std::unique_ptr<caf_question> question;
    std::unique_ptr<watch> watched;
  };

  void withdraw(std::uint64_t id);
  expected take_question(std::uint64_t id);
  void answered(std::uint64_t id, caf_content& content);
  void ended(const caf::error& why);

  const detail::address emissary_;
  const std::uint32_t asks_max_;
  // What is taken out is ended outside of the lock: the end of a watch waits for its call, which locks.
  std::mutex mutex_;
  std::unordered_map<std::uint64_t, expected> questions_;
  std::uint64_t last_id_ = 0;
  bool ended_ = false;  ///< the CAF actor
};

}  // namespace troupe::detail
