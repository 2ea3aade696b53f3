// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "place.hpp"

namespace troupe::conformance {

/// Some parties that go to a barrier together.
class gathering {
 public:
  gathering(place& here, barrier gate, int parties) : here_(here), gate_(gate) {
    for (int i = 0; i < parties; ++i) parties_.push_back(here.spawn_party());
  }

  void start(limit timeout = {}) {
    for (const auto& p : parties_) {
      waits_.push_back(begin(here_.system(), p.ask(wait_at_barrier{gate_, timeout})));
    }
  }
  /// All of them wait, and nobody else.
  void arrive() {
    start();
    eventually([&] { return gate_.n_waiting().get() == static_cast<int>(parties_.size()); });
  }
  /// They pass. \return their indices
  std::vector<int> pass() {
    start();
    return pass_on();
  }
  /// The same, for those who are under way.
  std::vector<int> pass_on() {
    std::vector<int> indices;
    for (const passage& p : finish_all()) {
      INFO(p.why.text);
      CHECK(p.passed);
      indices.push_back(p.value);
    }
    return indices;
  }
  /// Those under way end with the broken error, which says `word`. \return the last error
  failure all_broken(const std::string& word) {
    failure last;
    for (const passage& p : finish_all()) {
      CHECK_FALSE(p.passed);
      CHECK(p.why.code == errc::broken);
      INFO(p.why.text);
      CHECK(p.why.text.find(word) != std::string::npos);
      last = p.why;
    }
    return last;
  }

  const party_ref& operator[](std::size_t i) const { return parties_[i]; }
  const pending<passage>& wait(std::size_t i) const { return waits_[i]; }

 private:
  std::vector<passage> finish_all() {
    std::vector<passage> all;
    for (auto& w : waits_) all.push_back(passage_of(w));
    waits_.clear();
    return all;
  }

  place& here_;
  barrier gate_;
  std::vector<party_ref> parties_;
  std::vector<pending<passage>> waits_;
};

}  // namespace troupe::conformance
