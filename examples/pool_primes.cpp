// SPDX-License-Identifier: BSD-3-Clause
//
// Counts primes in several processes. One of the tasks kills its worker: it is named, and all others are
// done. How far it is is drawn only where somebody sees it.
//
//   ./dev example pool_primes 2000000

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <iostream>
#include <string_view>
#include <troupe/troupe.hpp>

using namespace troupe;

struct span {
  long first = 0;
  long end = 0;
};

bool is_prime(long n) {
  for (long d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return n > 1;
}

long primes_in(span all) {
  if (all.first < 0) std::raise(SIGKILL);  // as a bug would
  long count = 0;
  for (long n = all.first; n < all.end; ++n) count += is_prime(n);
  return count;
}

void draw(std::size_t done, std::size_t all) {
  if (isatty(STDERR_FILENO) == 0) return;
  constexpr std::size_t width = 50;
  const std::string bar(width * done / all, '#');
  std::cerr << "\r[" << bar << std::string(width - bar.size(), ' ') << "]"
            << (done == all ? "\n" : "");
}

int main(int argc, char** argv) {
  return run(argc, argv, [&](actor_system& system) -> task<int> {
    long limit = 200'000;
    if (argc > 1) {
      const std::string_view text(argv[1]);
      std::from_chars(text.data(), text.data() + text.size(), limit);
    }
    std::vector<span> spans{{-1, 0}};
    for (long n = 0; n < limit; n += 5'000) spans.push_back({n, std::min(n + 5'000, limit)});

    const pool workers = co_await pool::start(system, {.processes = 2});
    const auto counts = co_await workers.map<&primes_in>(spans, 1).progress(&draw).each();
    co_await workers.close();
    co_await workers.join();

    long primes = 0;
    for (const auto& count : counts) {
      if (count) {
        primes += *count;
      } else {
        std::cout << "lost, by signal " << count.error().signal << ": "
                  << count.error().text.substr(0, 19) << '\n';
      }
    }
    std::cout << primes << " primes below " << limit << '\n';
    co_return 0;
  });
}
