# SPDX-License-Identifier: BSD-3-Clause
"""What is measured: one entry per workload, with its programs, their variants and our goals.

A new workload or peer is a new entry in WORKLOADS; the driver, table and plots follow from it."""
from dataclasses import dataclass

# In a command, {build} is the directory of the built programs, {here} the one of this file.


@dataclass(frozen=True)
class Program:
    name: str
    variants: dict  # label -> command, to which `--count N` is added; the best median counts
    goal: float = None  # least ratio ours : this one, where more than 1 means that ours is better
    count: int = None  # in place of the workload's, for slow programs


@dataclass(frozen=True)
class Workload:
    id: str
    text: str
    unit: str
    count: int
    ours: Program
    peers: tuple
    floor: Program = None
    rate: bool = True  # True: millions of operations per second; False: microseconds for each
    cpus: int = None  # all programs restricted to so many processors

    def value(self, count, seconds):
        return count / seconds / 1e6 if self.rate else seconds / count * 1e6


def built(program, *forms, workers=()):
    """The variants of a program that CMake builds."""
    base = ["{build}/" + program]
    variants = {form: [*base, "--form", form] for form in forms} or {"": base}
    if not workers:
        return variants
    return {
        f"{label} {n} worker{'s' * (n > 1)}".strip(): [*command, "--workers", str(n)]
        for label, command in variants.items()
        for n in workers
    }


def erlang(module, *forms):
    """With the default number of schedulers and with one, for each form."""
    variants = {}
    for form in forms or ("",):
        for label, flags in {"": [], "+S 1": ["+S", "1"]}.items():
            command = ["erl", "-noshell", "-noinput", *flags, "-pa", "{build}/erlang"]
            command += ["-run", module, "main", "-extra"]
            variants[f"{form} {label}".strip()] = command + (["--form", form] if form else [])
    return variants


def python(script, *forms):
    base = ["python3", "{here}/peers/python/" + script]
    return {form: [*base, "--form", form] for form in forms}


def ours(id):
    return Program("Troupe", built("ours_" + id, workers=(1, 2)))


X1_PEERS = (
    Program("ZeroMQ ipc", built("zeromq_stream", "default", "deep"), goal=2),
    Program("Python Pipe", python("stream.py", "pipe"), goal=25, count=500_000),
    Program("Python Queue", python("stream.py", "queue", "simple_queue"), count=250_000),
    Program("CAF remote", built("caf_stream", workers=(1, 2)), goal=40, count=500_000),
)
X2_PEERS = (
    Program("raw pipe", built("raw_pipe_round_trip", "blocking"), goal=1 / 1.5),
    Program("ZeroMQ ipc", built("zeromq_round_trip", "request", "pair"), count=50_000),
    Program("Python Pipe", python("round_trip.py", "duplex", "two_pipes"), count=50_000),
    Program("CAF remote", built("caf_round_trip", workers=(1, 2)), goal=4, count=10_000),
)

WORKLOADS = (
    Workload(
        "I1", "strict ping-pong, two actors", "M messages/s", 4_000_000, ours("I1"),
        peers=(
            Program("CAF", built("caf_ping_pong", "send", "reply", workers=(1, 2)), goal=12),
            Program("Erlang", erlang("ping_pong"), goal=9),
        ),
        floor=Program("floor", built("floor_hop", "tell")),
    ),
    Workload(
        "I4", "fan-in, two producers, one consumer", "M messages/s", 5_000_000, ours("I4"),
        peers=(
            Program("CAF", built("caf_fan_in", "burst", "chunks", workers=(1, 2)), goal=4),
            Program("Erlang", erlang("fan_in", "on_heap", "off_heap"), goal=3),
        ),
        floor=Program("floor", built("floor_fan_in")),
    ),
    Workload(
        "I9", "sequential ask", "M asks/s", 1_000_000, ours("I9"),
        peers=(
            Program("CAF", built("caf_ask", "then", "await", workers=(1, 2)), goal=10),
            Program("Erlang", erlang("ask")),
        ),
        floor=Program("floor", built("floor_hop", "ask")),
    ),
    Workload(
        "X1", "64-byte messages to another process", "M messages/s", 5_000_000, ours("X1"),
        peers=X1_PEERS,
        floor=Program("raw pipe", built("raw_pipe_stream", "default", "wide")),
    ),
    Workload(
        "X1-1cpu", "as X1, on one processor", "M messages/s", 5_000_000, ours("X1"),
        peers=X1_PEERS,
        floor=Program("raw pipe", built("raw_pipe_stream", "default", "wide")),
        cpus=1,
    ),
    Workload(
        "X2", "64-byte round trip to another process", "us", 200_000, ours("X2"),
        peers=X2_PEERS,
        floor=Program("raw pipe", built("raw_pipe_round_trip", "spinning")),
        rate=False,
    ),
    Workload(
        "X2-1cpu", "as X2, on one processor", "us", 200_000, ours("X2"),
        peers=X2_PEERS,
        floor=Program("raw pipe", built("raw_pipe_round_trip", "blocking")),
        rate=False, cpus=1,
    ),
)
