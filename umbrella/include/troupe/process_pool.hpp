// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// Pools whose workers are processes. It lies above the modules, since it brings two of them together: the
/// pool of actors/ and the processes of transport/ (docs/decisions/0025-pool.md).
#include <troupe/pool.hpp>
#include <troupe/process_options.hpp>
