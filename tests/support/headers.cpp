// SPDX-License-Identifier: BSD-3-Clause
// Nothing: it is compiled for the precompiled headers that the tests share.
