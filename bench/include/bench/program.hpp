// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// What every benchmark program shares: its command line, its clock and the one line of JSON it
// prints. C++17, since some peers' headers do not compile as C++20.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace bench {

struct options {
  std::uint64_t count;
  unsigned workers;
  std::string form;  ///< which of a program's ways to do the same work
};

/// Reads `--count N`, `--workers W` and `--form NAME`; anything else ends the program with code 2.
/// \param forms  the names that `--form` may give; without it the first holds
inline options parse(int argc, char** argv, std::uint64_t default_count,
                     std::vector<std::string> forms = {}) {
  options o{default_count, 2, forms.empty() ? "" : forms.front()};
  for (int i = 1; i < argc; i += 2) {
    std::string name = argv[i];
    std::string value = i + 1 < argc ? argv[i + 1] : "";
    char* end = nullptr;
    std::uint64_t number = std::strtoull(value.c_str(), &end, 10);
    bool is_number = !value.empty() && *end == '\0' && number > 0;
    if (is_number && name == "--count") {
      o.count = number;
    } else if (is_number && name == "--workers") {
      o.workers = static_cast<unsigned>(number);
    } else if (name == "--form" && std::count(forms.begin(), forms.end(), value) > 0) {
      o.form = value;
    } else {
      std::fprintf(stderr, "usage: %s [--count N] [--workers W]%s", argv[0],
                   forms.empty() ? "" : " [--form NAME], of");
      for (const auto& form : forms) std::fprintf(stderr, " %s", form.c_str());
      std::fputc('\n', stderr);
      std::exit(2);
    }
  }
  return o;
}

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

/// The time of each single operation, in nanoseconds, for programs that measure latency.
class latencies {
 public:
  explicit latencies(std::uint64_t count) { samples_.reserve(count); }

  void add(clock::duration d) {
    samples_.push_back(static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(d).count()));
  }

  /// \param fraction  0.5 for the median, 0.99 for the 99th percentile   \return microseconds
  double percentile_us(double fraction) {
    if (samples_.empty()) return 0;
    auto at = samples_.begin() + static_cast<std::ptrdiff_t>(fraction * (samples_.size() - 1));
    std::nth_element(samples_.begin(), at, samples_.end());
    return *at / 1e3;
  }

 private:
  std::vector<std::uint32_t> samples_;
};

/// The most memory this process has had, in KiB. Not getrusage's: that one also counts the
/// launcher's, before exec.
inline long peak_kb() {
  long kb = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::sscanf(line, "VmHWM: %ld", &kb) == 1) break;
    }
    std::fclose(status);
  }
  return kb;
}

/// Prints the result. \return the program's exit code: 0 if the check passed
inline int report(std::uint64_t count, double seconds, bool check, latencies* single = nullptr) {
  std::printf("{\"count\":%llu,\"seconds\":%.9f,\"check\":\"%s\"",
              static_cast<unsigned long long>(count), seconds, check ? "ok" : "failed");
  if (single != nullptr) {
    std::printf(",\"p50_us\":%.3f,\"p99_us\":%.3f", single->percentile_us(0.5),
                single->percentile_us(0.99));
  }
  std::printf(",\"max_rss_kb\":%ld}\n", peak_kb());
  std::fflush(stdout);
  return check ? 0 : 1;
}

}  // namespace bench
