// SPDX-License-Identifier: BSD-3-Clause
// Calls the target with every file of a folder, and with every beginning and every single-byte change of it.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using input = std::vector<std::uint8_t>;

void run(const input& bytes, std::size_t size) {
  const input exact(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

/// \return how many inputs it gave
std::size_t run_all_of(input bytes) {
  constexpr std::size_t changes_max = 512;
  const std::size_t step = std::max<std::size_t>(1, bytes.size() / changes_max);
  std::size_t count = 1;
  run(bytes, bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += step, count += 2) {
    run(bytes, at);
    bytes[at] ^= 0x81;
    run(bytes, bytes.size());
    bytes[at] ^= 0x81;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0, inputs = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      inputs += run_all_of(input(std::istreambuf_iterator<char>(file), {}));
      ++files;
    }
  }
  std::printf("%zu inputs from %zu files\n", inputs, files);
  return files == 0 ? 1 : 0;
}
