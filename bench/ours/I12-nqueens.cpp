// SPDX-License-Identifier: BSD-3-Clause
// Troupe for I12-nqueens: a master deals boards to twenty workers in turn. A worker splits a board
// of fewer than four queens into boards of one more, and solves the others.

#include <bench/program.hpp>
#include <bench/queens.hpp>
#include <troupe/actor_system.hpp>

namespace {

constexpr std::uint64_t threshold = 4;
constexpr std::uint64_t workers = 20;

struct job {
  bench::board board;
  std::uint64_t row;
};
struct done {
  std::uint64_t solutions;
};

class worker : public troupe::actor<job> {
 public:
  worker(std::uint64_t size, troupe::actor_ref<job, done> master) : master_(master), size_(size) {}
  void on(job j) {
    if (j.row >= threshold) {
      master_.tell(done{bench::solutions(j.board, j.row, size_)});
      return;
    }
    for (auto places = bench::free_places(j.board, size_); places != 0; places &= places - 1) {
      master_.tell(job{bench::with_queen(j.board, places & -places), j.row + 1});
    }
    master_.tell(done{0});
  }

 private:
  troupe::actor_ref<job, done> master_;
  std::uint64_t size_;
};

struct solve {
  using reply = std::uint64_t;
  std::uint64_t size;
};

class master : public troupe::actor<solve, job, done> {
 public:
  troupe::promise<std::uint64_t> on(solve order) {
    over_ = make_promise<std::uint64_t>();
    for (std::uint64_t i = 0; i < workers; ++i) {
      workers_.push_back(spawn<worker>(order.size, self()));
    }
    on(job{{0, 0, 0}, 0});
    return over_;
  }
  void on(job j) {
    workers_[next_++ % workers].tell(j);
    ++open_;
  }
  void on(done d) {
    solutions_ += d.solutions;
    if (--open_ == 0) over_.set_value(solutions_);
  }

 private:
  std::vector<troupe::actor_ref<job>> workers_;
  std::uint64_t next_ = 0, open_ = 0, solutions_ = 0;
  troupe::promise<std::uint64_t> over_;
};

}  // namespace

int main(int argc, char** argv) {
  auto options = bench::parse(argc, argv, 1, {}, 14);
  troupe::actor_system system({.workers = options.workers});
  auto start = bench::clock::now();
  const std::uint64_t found = system.spawn<master>().ask(solve{options.size}).get();
  double seconds = bench::seconds_since(start);
  return bench::report(1, seconds, found == bench::known_solutions(options.size));
}
