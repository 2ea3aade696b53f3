// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I7: chameneos. A creature asks the mall for another; the mall hands the later of two
// to the earlier; they change their colours and ask again.

#include <bench/program.hpp>
#include <troupe/actor_system.hpp>

namespace {

struct change {
  std::uint64_t colour;
};
struct closed {};
struct meeting;
using creature_ref = troupe::actor_ref<meeting, change, closed>;
struct meeting {  // with `other`, who waits for its change
  std::uint64_t colour;
  creature_ref other;
};
struct meet_someone {
  std::uint64_t colour;
  creature_ref from;
};
struct meetings_had {
  std::uint64_t count;
};

constexpr std::uint64_t complement(std::uint64_t a, std::uint64_t b) {
  return a == b ? a : 3 - a - b;
}

class creature : public troupe::actor<meeting, change, closed> {
 public:
  creature(std::uint64_t colour, troupe::actor_ref<meet_someone, meetings_had> mall)
      : mall_(mall), colour_(colour) {
    ask();
  }
  void on(meeting m) {
    changed(complement(colour_, m.colour));
    m.other.tell(change{colour_});
    ask();
  }
  void on(change c) {
    changed(c.colour);
    ask();
  }
  void on(closed) { mall_.tell(meetings_had{meetings_}); }

 private:
  void changed(std::uint64_t colour) {
    colour_ = colour;
    ++meetings_;
  }
  void ask() { mall_.tell(meet_someone{colour_, self()}); }

  troupe::actor_ref<meet_someone, meetings_had> mall_;
  std::uint64_t colour_, meetings_ = 0;
};

struct open_for {
  using reply = std::uint64_t;  // how many meetings the creatures had, each counting its own
  std::uint64_t meetings;
};

class mall : public troupe::actor<open_for, meet_someone, meetings_had> {
 public:
  explicit mall(std::uint64_t creatures) : creatures_(creatures) {}
  troupe::promise<std::uint64_t> on(open_for order) {
    left_ = order.meetings;
    over_ = make_promise<std::uint64_t>();
    for (std::uint64_t i = 0; i < creatures_; ++i) spawn<creature>(i % 3, self());
    return over_;
  }
  void on(meet_someone m) {
    if (left_ == 0) {
      m.from.tell(closed{});
    } else if (!waiting_) {
      waiting_ = m.from;
    } else {
      --left_;
      waiting_.tell(meeting{m.colour, m.from});
      waiting_ = {};
    }
  }
  void on(meetings_had m) {
    sum_ += m.count;
    if (--creatures_ == 0) over_.set_value(sum_);
  }

 private:
  creature_ref waiting_;
  std::uint64_t creatures_, left_ = 0, sum_ = 0;
  troupe::promise<std::uint64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 200'000, {}, 100);
  troupe::actor_system system({.workers = options.workers});
  auto meeting_place = system.spawn<mall>(options.size);
  auto start = bench::clock::now();
  const std::uint64_t sum = meeting_place.ask(open_for{options.count}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(options.count, seconds, sum == 2 * options.count);
}
