// SPDX-License-Identifier: BSD-3-Clause
#include <iostream>
#include <troupe/troupe.hpp>

int main() { std::cout << "troupe " << troupe::version << '\n'; }
