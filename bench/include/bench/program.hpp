// SPDX-License-Identifier: BSD-3-Clause
#pragma once
// What every benchmark program shares: its command line, its clock and the one line of JSON it
// prints. C++17, since some peers' headers do not compile as C++20.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

namespace bench {

struct options {
  std::uint64_t count;
  unsigned workers;
  std::string form;    ///< which of a program's ways to do the same work
  std::uint64_t size;  ///< of what does the work: pairs, actors in the ring, receivers
};

/// Reads `--count N`, `--workers W`, `--form NAME` and `--size N`; anything else ends the program
/// with code 2.
/// \param forms  the names that `--form` may give; without it the first holds
inline options parse(int argc, char** argv, std::uint64_t default_count,
                     std::vector<std::string> forms = {}, std::uint64_t default_size = 1) {
  options o{default_count, 2, forms.empty() ? "" : forms.front(), default_size};
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
    } else if (is_number && name == "--size") {
      o.size = number;
    } else if (name == "--form" && std::count(forms.begin(), forms.end(), value) > 0) {
      o.form = value;
    } else {
      std::fprintf(stderr, "usage: %s [--count N] [--workers W] [--size N]%s", argv[0],
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

  std::uint64_t count() const { return samples_.size(); }

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

/// A figure of this process out of /proc/self/status, in KiB: `VmRSS` or `VmHWM`, the memory it has
/// and the most it has had. Not getrusage's: that one also counts the launcher's, before exec.
inline long memory_kb(const char* name) {
  long kb = 0;
  if (std::FILE* status = std::fopen("/proc/self/status", "r")) {
    const std::size_t length = std::strlen(name);
    char line[256];
    while (std::fgets(line, sizeof line, status) != nullptr) {
      if (std::strncmp(line, name, length) == 0 && line[length] == ':') {
        kb = std::strtol(line + length + 1, nullptr, 10);
        break;
      }
    }
    std::fclose(status);
  }
  return kb;
}

/// What a number of things takes in memory: made before they are, asked when they are there.
class memory_taken {
 public:
  double bytes_each(std::uint64_t count) const {
    return static_cast<double>(memory_kb("VmRSS") - before_kb_) * 1024 / static_cast<double>(count);
  }

 private:
  long before_kb_ = memory_kb("VmRSS");
};

/// A further figure of a program's line, for workloads that compare something else than its time.
struct further {
  const char* name;
  double value;
};

/// Prints the result. \return the program's exit code: 0 if the check passed
inline int report(std::uint64_t count, double seconds, bool check, latencies* single = nullptr,
                  std::initializer_list<further> figures = {}) {
  std::printf("{\"count\":%llu,\"seconds\":%.9f,\"check\":\"%s\"",
              static_cast<unsigned long long>(count), seconds, check ? "ok" : "failed");
  if (single != nullptr) {
    std::printf(",\"p50_us\":%.3f,\"p99_us\":%.3f", single->percentile_us(0.5),
                single->percentile_us(0.99));
  }
  for (const further& f : figures) std::printf(",\"%s\":%.3f", f.name, f.value);
  std::printf(",\"max_rss_kb\":%ld}\n", memory_kb("VmHWM"));
  std::fflush(stdout);
  return check ? 0 : 1;
}

}  // namespace bench
