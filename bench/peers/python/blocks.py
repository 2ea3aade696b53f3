# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for X4: blocks of 1 MiB to another process.

Forms: `pipe` (Pipe, send_bytes) and `shared_memory` (a new block for each, whose name goes by a Pipe)."""
import multiprocessing
import multiprocessing.resource_tracker
import multiprocessing.shared_memory
import time

import bench_program

BYTES = 1 << 20
PAGE = 4096
UNDER_WAY = 2


def stamp(block, i):
    """A byte on each page."""
    block[::PAGE] = bytes([i % 251]) * (BYTES // PAGE)


def is_block(block, i):
    return len(block) >= BYTES and bytes(block[:BYTES:PAGE]) == bytes([i % 251]) * (BYTES // PAGE)


class OfPipe:
    """Blocks as bytes."""

    def __init__(self):
        self.out, self.put_end = multiprocessing.Pipe(duplex=False)
        self.block = memoryview(bytearray(BYTES))

    def put(self, i):
        stamp(self.block, i)
        self.put_end.send_bytes(self.block)

    def take(self, i):
        return is_block(memoryview(self.out.recv_bytes()), i)


class OfMemory:
    """Blocks of shared memory; the sender unlinks what has been looked at."""

    def __init__(self):
        multiprocessing.resource_tracker.ensure_running()  # one for both processes
        self.out, self.put_end = multiprocessing.Pipe(duplex=False)
        self.seen, self.saw = multiprocessing.Pipe(duplex=False)
        self.waiting = []

    def put(self, i):
        if len(self.waiting) == UNDER_WAY:
            self.seen.recv_bytes()
            self.waiting.pop(0).unlink()
        memory = multiprocessing.shared_memory.SharedMemory(create=True, size=BYTES)
        with memory.buf[:BYTES] as block:
            stamp(block, i)
        self.put_end.send(memory.name)
        memory.close()
        self.waiting.append(memory)

    def take(self, i):
        memory = multiprocessing.shared_memory.SharedMemory(self.out.recv())
        with memory.buf[:BYTES] as block:
            good = is_block(block, i)
        memory.close()
        self.saw.send_bytes(b"seen")
        return good

    def end(self):
        for memory in self.waiting:
            self.seen.recv_bytes()
            memory.unlink()


def receive(take, count, back):
    back.send_bytes(b"ready")
    good = True
    for i in range(count):
        good = take(i) and good
    back.send_bytes(b"ok" if good else b"failed")


def main():
    options = bench_program.options(4_000, ["pipe", "shared_memory"])
    blocks = OfPipe() if options.form == "pipe" else OfMemory()
    heard, back = multiprocessing.Pipe(duplex=False)
    other = multiprocessing.Process(target=receive, args=(blocks.take, options.count, back))
    other.start()
    heard.recv_bytes()

    start = time.perf_counter()
    for i in range(options.count):
        blocks.put(i)
    good = heard.recv_bytes() == b"ok"
    seconds = time.perf_counter() - start
    if options.form == "shared_memory":
        blocks.end()
    other.join()
    bench_program.report(options.count, seconds, good and other.exitcode == 0)


if __name__ == "__main__":
    main()
