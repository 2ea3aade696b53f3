// SPDX-License-Identifier: BSD-3-Clause
#include "locker.hpp"

namespace rlock_rows {

using namespace troupe;
using namespace troupe::conformance;
using namespace troupe::conformance::locks;
using namespace std::chrono_literals;

}  // namespace rlock_rows

namespace troupe::conformance::locks {
inline task<std::size_t> levels_of(rlock door) { co_return co_await door.count(); }
inline task<std::string> release_every_level(rlock door) {
  auto released = door.release_all().result();
  const auto how = co_await released;
  co_return how ? std::to_string(*how) : how.error().text;
}
using deep_locker =
    doer<pocket, &take<rlock>, &give_back, &release<rlock>, &levels_of, &release_every_level>;
using deep_ref =
    doer_ref<&take<rlock>, &give_back, &release<rlock>, &levels_of, &release_every_level>;
}  // namespace troupe::conformance::locks

namespace rlock_rows {

namespace {

struct party_at {
  place& here;
  rlock door;
  deep_ref who = here.spawn_apart<deep_locker>();

  got take_it(limit timeout = {}) const {
    auto taking = begin(here.system(), who.ask(told<&take<rlock>>(door, timeout)));
    return finish_well(taking);
  }
  bool try_it() const { return take_it(0ns).held; }
  std::string release_it() const { return who.ask(told<&release<rlock>>(door)).get(); }
  std::string release_all() const { return who.ask(told<&release_every_level>(door)).get(); }
  std::size_t levels() const { return who.ask(told<&levels_of>(door)).get(); }
};

}  // namespace

TEST_CASE("RL01 rlock: its owner acquires it again without waiting, and releases as many times") {
  in_every_place([](place& here) {
    const party_at owner{here, here.make<rlock>()};
    const party_at other{here, owner.door};
    const got outer = owner.take_it();
    for (int i = 0; i < 2; ++i) CHECK(owner.take_it().fence == outer.fence);
    for (int i = 0; i < 2; ++i) {
      CHECK(owner.release_it().empty());
      CHECK_FALSE(other.try_it());
    }
    CHECK(owner.release_it().empty());
    CHECK(other.take_it().fence > outer.fence);
  });
}

TEST_CASE("RL02 rlock: releasing one that nobody holds is an error") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    CHECK(one.release_it() == "rlock::release: nobody holds it");
    CHECK_FALSE(one.door.locked().get());
  });
}

TEST_CASE("RL03 rlock: one release more than acquires is an error") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    for (int i = 0; i < 2; ++i) one.take_it();
    for (int i = 0; i < 2; ++i) CHECK(one.release_it().empty());
    CHECK(one.release_it() == "rlock::release: nobody holds it");
    one.take_it();
    CHECK(one.release_it().empty());
    CHECK_FALSE(one.release_it().empty());
  });
}

TEST_CASE("RL04 rlock: giving up all levels at once is an error when it holds none") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    const party_at other{here, one.door};
    CHECK(one.release_all() == "rlock::release_all: who asks does not hold it");
    for (int i = 0; i < 3; ++i) one.take_it();
    CHECK(other.release_all() == "rlock::release_all: who asks does not hold it");
    CHECK(one.release_all() == "3");
    CHECK(other.try_it());
  });
}

TEST_CASE("RL05 rlock: the nesting count reads 0, then the number of open acquires, then 0 again") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    CHECK(one.levels() == 0);
    for (std::size_t i = 1; i <= 3; ++i) {
      one.take_it();
      CHECK(one.levels() == i);
    }
    for (std::size_t i = 3; i-- > 0;) {
      one.release_it();
      CHECK(one.levels() == i);
    }
  });
}

TEST_CASE("RL06 rlock: the nesting count is the asker's own: 0 while another holds it") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    one.take_it();
    one.take_it();
    CHECK(party_at{here, one.door}.levels() == 0);
    CHECK(one.door.count().get() == 0);
    CHECK(one.levels() == 2);
  });
}

TEST_CASE("RL07 rlock: one that is not the owner cannot release it") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    one.take_it();
    CHECK(party_at{here, one.door}.release_it() == "rlock::release: somebody else holds it");
    CHECK_THROWS_AS(one.door.release().get(), misuse_error);
    CHECK(one.levels() == 1);
  });
}

TEST_CASE("RL08 rlock: 'do I own it' is true for the owner only") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    const party_at other{here, one.door};
    CHECK(one.levels() == 0);
    one.take_it();
    CHECK(one.levels() != 0);
    CHECK(other.levels() == 0);
    CHECK(one.door.owner().get()->who == one.who);
  });
}

TEST_CASE("RL09 rlock: 'do I own it' stays true until the outermost release") {
  in_every_place([](place& here) {
    const party_at one{here, here.make<rlock>()};
    for (int i = 0; i < 3; ++i) one.take_it();
    for (int i = 0; i < 3; ++i) {
      CHECK(one.levels() != 0);
      one.release_it();
    }
    CHECK(one.levels() == 0);
    CHECK_FALSE(one.door.owner().get());
  });
}

}  // namespace rlock_rows
