# SPDX-License-Identifier: BSD-3-Clause
"""Python's multiprocessing for X5: `--size` processes put 64-byte messages into one queue.

Forms: `queue` and `simple_queue`."""
import multiprocessing
import time

import bench_program


def send(queue, start, sender, count):
    start.wait()
    for i in range(count):
        queue.put(bench_program.frame(sender << 40 | i))


def main():
    options = bench_program.options(400_000, ["queue", "simple_queue"], default_size=4)
    queue = multiprocessing.Queue() if options.form == "queue" else multiprocessing.SimpleQueue()
    start = multiprocessing.Event()
    each = options.count // options.size
    senders = [multiprocessing.Process(target=send, args=(queue, start, i, each))
               for i in range(options.size)]
    for sender in senders:
        sender.start()

    following = [0] * options.size
    good = True
    began = time.perf_counter()
    start.set()
    for _ in range(each * options.size):
        data = queue.get()
        sender = int.from_bytes(data[:8], "little") >> 40
        good = bench_program.is_frame(data, sender << 40 | following[sender]) and good
        following[sender] += 1
    seconds = time.perf_counter() - began
    for sender in senders:
        sender.join()
        good = good and sender.exitcode == 0
    bench_program.report(each * options.size, seconds, good)


if __name__ == "__main__":
    main()
