// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <caf/actor.hpp>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <troupe/actor.hpp>
#include <troupe/ask.hpp>
#include <troupe/detail/caf_value.hpp>

/// An actor of CAF's as ours see it.
namespace troupe::detail {

/// A question of ours that a CAF actor has been asked. Ends with one call of one of these, or without.
class caf_question {
 public:
  caf_question() = default;
  caf_question(const caf_question&) = delete;
  caf_question& operator=(const caf_question&) = delete;
  virtual ~caf_question() = default;
  virtual void answer(caf_content& content) = 0;
  virtual void fail(failure why) = 0;
};

failure bad_caf_reply(const caf_content& content, std::string_view expected);

template <class R>
class caf_question_for final : public caf_question {
 public:
  explicit caf_question_for(promise<R> answer) : answer_(std::move(answer)) {}
  void answer(caf_content& content) override {
    if constexpr (std::is_void_v<R>) {
      answer_.set_value();
    } else if (holds<R>(content)) {
      answer_.set_value(take_from<R>(content));
    } else {
      fail(bad_caf_reply(content, type_name<R>()));
    }
  }
  void fail(failure why) override { answer_.set_failure(std::move(why)); }

 private:
  promise<R> answer_;
};

class caf_letterbox;

/// The end of an emissary that lies in CAF: a CAF actor that asks, hears the answers and of the end.
class caf_errand {
 public:
  /// \param home  of the emissary, which ends when `theirs` does
  caf_errand(cell& home, caf::actor theirs, std::uint32_t asks_max);
  ~caf_errand();  ///< as its emissary ends: see from_caf()
  caf_errand(const caf_errand&) = delete;
  caf_errand& operator=(const caf_errand&) = delete;

  void tell(caf::message content, bool is_urgent) const;
  /// \param given_up  nobody waits for the answer any more
  void ask(caf::message content, bool is_urgent, std::unique_ptr<caf_question> question,
           const std::stop_token& given_up) const;

 private:
  cell& home_;
  caf::actor theirs_;
  caf::strong_actor_ptr kept_;  ///< what `letterbox_` points to
  caf_letterbox* letterbox_;
};

/// The actor behind a ref from from_caf().
template <class... Ms>
class caf_emissary : public actor<Ms...> {
 public:
  caf_emissary(caf::actor theirs, std::uint32_t asks_max)
      : errand_(this->home(), std::move(theirs), asks_max) {}

  template <class M>
    requires(std::same_as<M, Ms> || ...)
  promise<reply_of<M>> on(M message) {
    using reply = reply_of<M>;
    auto answer = this->template make_promise<reply>();
    caf::message content = to_caf<M>(std::move(message));
    if (answer) {
      errand_.ask(std::move(content), is_urgent<M>,
                  std::make_unique<caf_question_for<reply>>(answer), answer.cancellation());
    } else {
      errand_.tell(std::move(content), is_urgent<M>);
    }
    return answer;
  }

 private:
  caf_errand errand_;
};

caf::actor checked_for_emissary(system_core& ours, caf::actor theirs);

}  // namespace troupe::detail
