// SPDX-License-Identifier: BSD-3-Clause
#pragma once

// All of Troupe. A file that cares for its compile time includes what it uses instead.

#include <troupe/actor_system.hpp>
#include <troupe/barrier.hpp>
#include <troupe/event.hpp>
#include <troupe/process.hpp>
#include <troupe/version.hpp>
