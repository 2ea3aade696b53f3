# SPDX-License-Identifier: BSD-3-Clause
"""What is measured: one entry per workload, with its programs, their variants and our goals.

A new workload or peer is a new entry in WORKLOADS; the driver, table and plots follow from it."""
from dataclasses import dataclass, replace

# In a command, {build} is the directory of the built programs, {here} the one of this file.


# What a workload counts: millions of operations per second, microseconds for each operation, or
# the named number in the line that its programs print (less of it is better).
RATE, EACH = "rate", "each"


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
    counted: str = RATE
    cpus: int = None  # all programs restricted to so many processors
    limit: float = None  # a goal for our own figure: at least that, or at most if less is better
    same_runs_as: str = None  # takes its figures from the runs of that workload
    round_seconds: float = 5  # what all its programs take together, about, on two processors

    @property
    def more_is_better(self):
        return self.counted == RATE

    def value(self, result):
        """The figure in what a program printed."""
        if self.counted == RATE:
            return result["count"] / result["seconds"] / 1e6
        if self.counted == EACH:
            return result["seconds"] / result["count"] * 1e6
        return float(result[self.counted])


def built(program, *forms, workers=(), size=None):
    """The variants of a program that CMake builds."""
    base = ["{build}/" + program] + (["--size", str(size)] if size else [])
    variants = {form: [*base, "--form", form] for form in forms} or {"": base}
    if not workers:
        return variants
    return {
        f"{label} {n} worker{'s' * (n > 1)}".strip(): [*command, "--workers", str(n)]
        for label, command in variants.items()
        for n in workers
    }


def erlang(module, *forms, size=None, flags=()):
    """With the default number of schedulers and with one, for each form."""
    variants = {}
    for form in forms or ("",):
        for label, schedulers in {"": [], "+S 1": ["+S", "1"]}.items():
            command = ["erl", "-noshell", "-noinput", *schedulers, *flags]
            command += ["-pa", "{build}/erlang", "-run", module, "main", "-extra"]
            command += ["--size", str(size)] if size else []
            variants[f"{form} {label}".strip()] = command + (["--form", form] if form else [])
    return variants


def python(script, *forms, size=None):
    base = ["python3", "{here}/peers/python/" + script]
    base += ["--size", str(size)] if size else []
    return {form: [*base, "--form", form] for form in forms}


def erlang_nodes(form, size=None, goal=None, count=None):
    """Between two nodes on this machine; the second is a peer of the first, found without a daemon."""
    command = ["erl", "-noshell", "-noinput", "-sname", "bench@localhost", "-pa", "{build}/erlang",
               "-run", "remote", "main", "-extra", "--form", form]
    command += ["--size", str(size)] if size else []
    return Program("Erlang nodes", {"": command}, goal=goal, count=count)


BOTH = (1, 2)  # numbers of workers


def ours(id, *forms, size=None):
    return Program("Troupe", built("ours_" + id, *forms, workers=BOTH, size=size))


def caf(program, *forms, size=None, goal=None, count=None):
    variants = built("caf_" + program, *forms, workers=BOTH, size=size)
    return Program("CAF", variants, goal=goal, count=count)


def beam(module, *forms, size=None, goal=None, count=None, flags=()):
    variants = erlang(module, *forms, size=size, flags=flags)
    return Program("Erlang", variants, goal=goal, count=count)


def go(program, *forms, size=None, count=None):
    return Program("Go", built("go/" + program, *forms, workers=BOTH, size=size), count=count)


def windowed(pairs):
    return Workload(
        f"I2-{pairs}", f"ping-pong with a window of 100, {pairs} pair{'s' * (pairs > 1)}",
        "M messages/s", 4_000_000, ours("I2", size=pairs),
        peers=(
            caf("windowed", "reply", "send", size=pairs),
            beam("windowed", size=pairs),
            go("windowed", size=pairs),
        ),
        # Two workers carry many pairs faster than one thread hops.
        floor=Program("floor", built("floor_hop", "tell")) if pairs == 1 else None,
        round_seconds=4,
    )


def ring(id, text, size, count):
    return Workload(
        id, text, "M hops/s", count, ours("I3", size=size),
        peers=(
            caf("ring", size=size),
            beam("ring", size=size),
            go("ring", "unbuffered", "buffered", size=size),
        ),
        floor=Program("floor", built("floor_ring", size=size)),
        round_seconds=6,
    )


def two_workers(id, text, form, floor=None):
    """A row of I11: its programs are measured with two workers only."""
    def program(name, base):
        return Program(name, {"": [*base, "--form", form]})

    schedulers = ["erl", "-noshell", "-noinput", "+S", "2:2", "-pa", "{build}/erlang",
                  "-run", "fairness", "main", "-extra"]
    return Workload(
        id, text, "us", 500, program("Troupe", ["{build}/ours_I11", "--workers", "2"]),
        peers=(
            program("CAF", ["{build}/caf_fairness", "--workers", "2"]),
            program("Erlang", schedulers),
        ),
        floor=floor, counted="p99_us", round_seconds=16,
    )


def compiled(name, source, standard):
    command = ["{here}/compile/measure.py", "--program", "{build}/compile_" + source,
               "--source", source + ".cpp", "--standard", standard]
    return Program(name, {"": command})


COMPILE = Workload(
    "compile", "to compile a file with an actor of ten handlers", "s", 1,
    compiled("Troupe", "troupe", "c++20"),
    peers=(compiled("CAF", "caf", "c++17"),),
    floor=compiled("floor", "floor", "c++20"),
    counted="seconds_each", round_seconds=7,
)
def savina(name, text, count, caf_forms=(), erlang_forms=(), floor=None, **more):
    """A row of I12: a program of the Savina suite; what is compared is the whole time."""
    return Workload(
        "I12-" + name, "Savina: " + text, "s", count, ours("I12-" + name),
        peers=(caf(name, *caf_forms), beam(name, *erlang_forms)), floor=floor,
        counted="seconds", round_seconds=2, **more,
    )


def starts(id, method, text, each, floor, goal=None, count=None):
    """To start a process and hear from it, by one start method."""
    return Workload(
        id, f"a process started {text}, heard, ended", "us", each,
        Program("Troupe", built("ours_X6", method, workers=BOTH)),
        peers=(Program(f"Python {method}", python("start.py", method), goal=goal, count=count),),
        floor=Program("floor", built("floor_start", floor)),
        counted=EACH, round_seconds=5,
    )


# A block of 64 bytes holds a small message; the half is for the pages that are not full.
I10 = Workload(
    "I10", "memory of a waiting 8-byte message", "bytes", 10_000_000, ours("I10"),
    peers=(
        caf("backlog", count=3_000_000),
        beam("backlog", "on_heap", "off_heap", count=5_000_000),
    ),
    counted="bytes_each", limit=64.5, round_seconds=6,
)

# A table of processes big enough for all that live at once.
MANY = ("+P", "4000000")


X1_PEERS = (
    Program("ZeroMQ ipc", built("zeromq_stream", "default", "deep"), goal=2),
    Program("nng ipc", built("nng_stream", "default", "deep"), count=500_000),
    erlang_nodes("stream", count=500_000),
    Program("Python Pipe", python("stream.py", "pipe"), goal=25, count=500_000),
    Program("Python Queue", python("stream.py", "queue", "simple_queue"), count=250_000),
    Program("CAF remote", built("caf_stream", workers=(1, 2)), goal=40, count=500_000),
)
def round_trips(size=None, raw_goal=None, caf_goal=None):
    """The peers of X2 and X3: with `size` messages under way, those that can."""
    return (
        Program("raw pipe", built("raw_pipe_round_trip", "blocking", size=size), goal=raw_goal),
        Program("ZeroMQ ipc", built("zeromq_round_trip", *(["pair"] if size else ["request", "pair"]),
                                    size=size), count=50_000),
        Program("nng ipc", built("nng_round_trip", size=size), count=20_000),
        Program("Python Pipe", python("round_trip.py", "duplex", "two_pipes", size=size), count=50_000),
        Program("CAF remote", built("caf_round_trip", workers=(1, 2), size=size), goal=caf_goal,
                count=10_000),
        erlang_nodes("round_trip", size=size, count=50_000),
    )


X2_PEERS = round_trips(raw_goal=1 / 1.5, caf_goal=4)

WORKLOADS = (
    Workload(
        "I1", "strict ping-pong, two actors", "M messages/s", 4_000_000, ours("I1"),
        peers=(
            caf("ping_pong", "send", "reply", goal=14),
            beam("ping_pong", goal=9),
            go("ping_pong", "unbuffered", "buffered"),
        ),
        floor=Program("floor", built("floor_hop", "tell")),
        round_seconds=9,
    ),
    windowed(1),
    windowed(48),
    ring("I3", "a token in a ring of 100 actors", 100, 4_000_000),
    ring("I3-cold", "a token in a ring of 50,000 actors", 50_000, 1_000_000),
    Workload(
        "I4", "fan-in, two producers, one consumer", "M messages/s", 5_000_000, ours("I4"),
        peers=(
            caf("fan_in", "burst", "chunks", goal=5),
            beam("fan_in", "on_heap", "off_heap", goal=3),
        ),
        floor=Program("floor", built("floor_fan_in")),
        round_seconds=9,
    ),
    Workload(
        "I5", "fan-out to 1,000, each acknowledges", "M messages/s", 2_000_000, ours("I5"),
        peers=(caf("fan_out", "send", "shared", count=1_000_000), beam("fan_out")),
        round_seconds=3,
    ),
    Workload(
        "I6", "big: 120 actors ping at random", "M messages/s", 4_800_000, ours("I6"),
        peers=(caf("big", "reply", "send", count=2_400_000), beam("big")),
    ),
    Workload(
        "I7", "chameneos: 100 creatures", "M meetings/s", 200_000, ours("I7"),
        peers=(caf("chameneos", "delegate", "send"), beam("chameneos")),
        round_seconds=2,
    ),
    Workload(
        "I8", "spawn, one message, stop", "M actors/s", 1_000_000, ours("I8", "child", "system"),
        peers=(
            caf("spawn", "eager", "lazy", goal=8, count=30_000),
            beam("spawn_many", goal=2.5, flags=MANY),
            go("spawn", "buffered", "unbuffered"),
        ),
        round_seconds=8,
    ),
    Workload(
        "I8-skynet", "a tree of ten children each, summed up", "M leaves/s", 1_000_000,
        ours("I8-skynet"),
        peers=(
            caf("skynet", count=100_000),
            beam("skynet", count=100_000, flags=MANY),
            go("skynet"),
        ),
    ),
    Workload(
        "I8-bytes", "memory of an idle actor", "bytes", 1_000_000, ours("I8-bytes"),
        peers=(
            caf("idle", count=100_000),
            beam("idle", "default", "hibernate", count=200_000, flags=MANY),
            go("idle", count=200_000),
        ),
        counted="bytes_each", limit=256, round_seconds=7,
    ),
    Workload(
        "I9", "sequential ask", "M asks/s", 1_000_000, ours("I9"),
        peers=(caf("ask", "then", "await", goal=12), beam("ask")),
        floor=Program("floor", built("floor_hop", "ask")),
    ),
    I10,
    replace(I10, id="I10-drain", text="handling a backlog of 8-byte messages", limit=None,
            unit="M messages/s", counted=RATE, same_runs_as="I10"),
    two_workers("I11", "p99 round trip beside an actor that works 10 ms", "beside"),
    two_workers("I11-wake", "p99 two hops started by an actor that works 10 ms", "wake",
                floor=Program("a thread woken", built("floor_wake"))),
    savina("bndbuffer", "40 producers, 40 consumers, a buffer", 200_000),
    savina("philosophers", "20 philosophers, 10,000 meals each", 200_000, ("reply", "send")),
    savina("banking", "50,000 transfers between 1,000 accounts", 50_000),
    savina("concdict", "20 clients of a dictionary", 400_000, ("reply", "send"), ("map", "ets")),
    savina("nqueens", "14 queens, 20 workers", 1,
           floor=Program("threads", built("floor_nqueens", workers=BOTH))),
    savina("apsp", "shortest paths, 300 nodes in 36 blocks", 1),
    savina("uct", "a tree of 50,000 actors grows, is visited", 50_000),
    savina("fjcreate", "40,000 actors made from outside", 40_000, ("eager", "lazy")),
    Workload(
        "X1", "64-byte messages to another process", "M messages/s", 5_000_000, ours("X1"),
        peers=X1_PEERS,
        floor=Program("raw pipe", built("raw_pipe_stream", "default", "wide")),
        round_seconds=12,
    ),
    Workload(
        "X1-1cpu", "as X1, on one processor", "M messages/s", 5_000_000, ours("X1"),
        peers=X1_PEERS,
        floor=Program("raw pipe", built("raw_pipe_stream", "default", "wide")),
        round_seconds=12,
        cpus=1,
    ),
    Workload(
        "X2", "64-byte round trip to another process", "us", 200_000, ours("X2"),
        peers=X2_PEERS,
        floor=Program("raw pipe", built("raw_pipe_round_trip", "spinning")),
        counted=EACH, round_seconds=13,
    ),
    Workload(
        "X2-1cpu", "as X2, on one processor", "us", 200_000, ours("X2"),
        peers=X2_PEERS,
        floor=Program("raw pipe", built("raw_pipe_round_trip", "blocking")),
        counted=EACH, cpus=1, round_seconds=10,
    ),
    Workload(
        "X3", "64-byte round trips to another process, 64 under way", "M round trips/s", 400_000,
        ours("X3", size=64), peers=round_trips(size=64), round_seconds=8,
    ),
    Workload(
        "X4", "1 MiB messages to another process", "us", 4_000, ours("X4", "copied", "mapped"),
        peers=(
            Program("raw pipe", built("raw_pipe_blocks", "default", "wide"), goal=1),
            Program("ZeroMQ ipc", built("zeromq_blocks")),
            Program("Python", python("blocks.py", "pipe", "shared_memory"), count=2_000),
        ),
        counted=EACH, round_seconds=10,
    ),
    Workload(
        "X4-copied", "as X4, through the pipe", "us", 4_000, ours("X4", "copied"),
        peers=(Program("raw pipe", built("raw_pipe_blocks", "default", "wide"), goal=0.8),),
        counted=EACH, round_seconds=10,
    ),
    Workload(
        "X4-mapped", "as X4, by memory that both map", "us", 4_000, ours("X4", "mapped"),
        peers=(
            Program("raw pipe", built("raw_pipe_blocks", "default", "wide")),
            Program("Python", python("blocks.py", "shared_memory"), count=2_000),
        ),
        floor=Program("sealed memory", built("floor_blocks", "writes", "fills")),
        counted=EACH, round_seconds=10,
    ),
    Workload(
        "X5", "64-byte messages from four processes to one", "M messages/s", 4_000_000,
        ours("X5", size=4),
        peers=(
            Program("ZeroMQ ipc", built("zeromq_fan_in", size=4)),
            Program("Python Queue", python("fan_in.py", "queue", "simple_queue", size=4),
                    count=200_000),
        ),
        floor=Program("raw pipe", built("raw_pipe_fan_in", size=4)), round_seconds=8,
    ),
    starts("X6", "forkserver", "from a template", 1000, "fork", goal=5, count=200),
    starts("X6-spawn", "spawn", "afresh", 200, "spawn", count=40),
    starts("X6-fork", "fork", "as a copy of this one", 1000, "fork", count=1000),
    Workload(
        "C1", "a round of a barrier, two processes", "us", 100_000, ours("C1", "apart"),
        peers=(
            Program("Python Barrier", python("barrier.py", "processes"), goal=3, count=10_000),
        ),
        counted=EACH, round_seconds=5,
    ),
    Workload(
        "C1-here", "a round of a barrier, one process", "us", 200_000, ours("C1", "together"),
        peers=(Program("std::barrier", built("threads_barrier")),),
        counted=EACH, round_seconds=3,
    ),
    Workload(
        "C2", "a lock that two processes take in turns", "us", 100_000, ours("C2", "apart"),
        peers=(
            Program("Python turns", python("lock.py", "turns")),  # two locks, each handed over
            Program("Python Lock", python("lock.py", "grab")),  # whoever comes first has it
        ),
        counted=EACH, round_seconds=5,
    ),
    Workload(
        "C2-here", "a lock that two in one process take in turns", "us", 1_000_000, ours("C2", "together"),
        peers=(Program("std::mutex", built("threads_lock")),),
        counted=EACH, round_seconds=3,
    ),
    Workload(
        "C3", "64-byte items through a queue to another process", "M items/s", 500_000,
        ours("C3", "one", "many"),
        peers=(
            Program("Python Queue", python("stream.py", "queue", "simple_queue"), goal=10,
                    count=100_000),
        ),
        round_seconds=7,
    ),
    Workload(
        "C3-one", "as C3, one item at a time", "M items/s", 100_000, ours("C3", "one"),
        peers=(Program("Python Queue", python("stream.py", "queue", "simple_queue")),),
        round_seconds=7,
    ),
    Workload(
        "C3-here", "64-byte items through a queue in one process", "M items/s", 1_000_000,
        ours("C3", "here-one", "here-many"),
        peers=(
            Program("mutex", built("threads_queue")),
            Program("TBB", built("tbb_queue")),
        ),
        round_seconds=4,
    ),
    Workload(
        "C4", "empty tasks in a pool of 2 processes, chunk 1", "M tasks/s", 1_000_000, ours("C4"),
        peers=(Program("Python Pool", python("pool.py", "map", "imap_unordered"), goal=4,
                       count=100_000),),
        round_seconds=4,
    ),
    Workload(
        "N1", "64-byte messages to another node", "M messages/s", 5_000_000, ours("N1"),
        peers=(
            Program("ZeroMQ tcp", built("zeromq_tcp_stream", "default", "deep")),
            erlang_nodes("stream", goal=3, count=500_000),
            Program("CAF remote", built("caf_stream", workers=BOTH), goal=20, count=500_000),
        ),
        round_seconds=12,
    ),
    Workload(
        "N2", "64-byte round trip to another node", "us", 50_000, ours("N2"),
        peers=(
            Program("ZeroMQ tcp", built("zeromq_tcp_round_trip", "request", "pair")),
            erlang_nodes("round_trip"),
            Program("CAF remote", built("caf_round_trip", workers=BOTH), goal=1 / 1.2, count=10_000),
        ),
        counted=EACH, round_seconds=13,
    ),
    Workload(
        "N3", "1 MiB messages to another node", "us", 2_000, ours("N3", "copied"),
        peers=(
            Program("ZeroMQ tcp", built("zeromq_tcp_blocks")),
            erlang_nodes("blocks", count=500),
            Program("CAF remote", built("caf_blocks", workers=BOTH), count=100),
        ),
        counted=EACH, round_seconds=10,
    ),
    Workload(
        "N1-tls", "64-byte messages to another node, by TLS", "M messages/s", 5_000_000, ours("N1-tls"),
        peers=(caf("tls_stream", goal=20, count=200_000),), round_seconds=8,
    ),
    Workload(
        "N2-tls", "64-byte round trip to another node, by TLS", "us", 20_000, ours("N2-tls"),
        peers=(caf("tls_round_trip", goal=1 / 1.2, count=5_000),), counted=EACH, round_seconds=8,
    ),
    Workload(
        "N3-tls", "1 MiB messages to another node, by TLS", "us", 1_000, ours("N3-tls", "copied"),
        peers=(caf("tls_blocks", count=50),), counted=EACH, round_seconds=10,
    ),
    COMPILE,
    replace(COMPILE, id="compile-memory", text="memory to compile that file", unit="MiB",
            counted="peak_mib", same_runs_as="compile"),
)
