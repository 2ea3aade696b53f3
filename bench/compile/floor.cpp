// SPDX-License-Identifier: BSD-3-Clause
// Floor of `compile`: what any such program includes.

#include <memory>
#include <string>
#include <vector>

int main() { return 0; }
