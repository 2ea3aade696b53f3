// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-concdict: twenty actors read and, one time in ten, write a dictionary that is an
// actor; each waits for its answer.

#include <bench/countdown.hpp>
#include <bench/program.hpp>
#include <bench/random.hpp>
#include <unordered_map>

namespace {

struct answer {
  std::uint64_t value;
};
struct read {
  std::uint64_t key;
  troupe::actor_ref<answer> from;
};
struct write {
  std::uint64_t key, value;
  troupe::actor_ref<answer> from;
};

class dictionary : public troupe::actor<read, write> {
 public:
  dictionary() {
    for (std::uint64_t i = 0; i < 65536; ++i) values_[i] = i;
  }
  void on(read r) { r.from.tell(answer{values_[r.key]}); }
  void on(write w) {
    values_[w.key] = w.value;
    w.from.tell(answer{w.value});
  }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> values_;
};

struct begin {};

class client : public troupe::actor<begin, answer> {
 public:
  client(std::uint64_t seed, std::uint64_t requests, troupe::actor_ref<read, write> to,
         troupe::actor_ref<bench::finished> referee)
      : to_(to), referee_(referee), random_(seed), left_(requests) {}

  void on(begin) { ask(); }
  // What is written is the key once more, so every answer is known.
  void on(answer a) {
    good_ += a.value == key_;
    if (--left_ > 0) {
      ask();
    } else {
      referee_.tell(bench::finished{good_});
    }
  }

 private:
  void ask() {
    const bool writes = random_.below(100) < 10;
    key_ = random_.next();
    if (writes) {
      to_.tell(write{key_, key_, self()});
    } else {
      to_.tell(read{key_, self()});
    }
  }

  troupe::actor_ref<read, write> to_;
  troupe::actor_ref<bench::finished> referee_;
  bench::random random_;
  std::uint64_t left_, key_ = 0, good_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 400'000, {}, 20);
  const std::uint64_t each = std::max<std::uint64_t>(1, options.count / options.size);
  troupe::actor_system system({.workers = options.workers});
  auto referee = system.spawn<bench::countdown>(options.size);
  auto shared = system.spawn<dictionary>();
  std::vector<troupe::actor_ref<begin>> clients;
  for (std::uint64_t i = 0; i < options.size; ++i) {
    clients.push_back(system.spawn<client>(i, each, shared, referee));
  }
  auto start = bench::clock::now();
  for (const auto& c : clients) c.tell(begin{});
  const std::uint64_t good = referee.ask(bench::all_finished{}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(options.size * each, seconds, good == options.size * each);
}
