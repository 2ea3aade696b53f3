# SPDX-License-Identifier: BSD-3-Clause
"""Runs one program once and reports what it did and what it cost."""
import contextlib
import dataclasses
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field

RUN_SECONDS_MAX = 180


class Failed(Exception):
    """The program crashed, took too long, or its own check of its results failed."""


@dataclass(frozen=True)
class Sample:
    value: float  # in the workload's unit
    result: dict  # what the program printed
    wall: float  # seconds, start-up included
    cpu: float  # seconds, user and system, of the program and the processes it waited for
    voluntary: int
    involuntary: int
    rss_kb: int  # of the first process, as it says itself; else of the largest
    p50_us: float = None
    p99_us: float = None


@dataclass
class Series:
    """The samples of one variant of one program."""

    program: object
    variant: str
    command: list
    samples: list = field(default_factory=list)
    error: str = None

    @property
    def name(self):
        return f"{self.program.name} ({self.variant})" if self.variant else self.program.name

    def median(self, key="value"):
        values = [v for v in (getattr(s, key) for s in self.samples) if v is not None]
        return statistics.median(values) if values else None

    def values(self):
        return [s.value for s in self.samples]

    def seen_by(self, workload):
        """The same runs, with the figure that another workload takes from them."""
        return dataclasses.replace(self, samples=[
            dataclasses.replace(s, value=workload.value(s.result)) for s in self.samples])


def resolve(command, build):
    """The command with its directories filled in, or None if its program, its directory of compiled
    modules, or the program that it is about is not there."""
    here = pathlib.Path(__file__).resolve().parent
    command = [part.format(build=build, here=here) for part in command]
    if shutil.which(command[0]) is None:
        return None
    needed = [p for flag, p in zip(command, command[1:]) if flag in ("-pa", "--program")]
    return command if all(os.path.exists(n) for n in needed) else None


@contextlib.contextmanager
def processors(number):
    """Restricts what is started inside to the first so many processors; `None` means all."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def run(workload, series, scale):
    count = max(1, int((series.program.count or workload.count) * scale))
    environment = dict(os.environ, ERL_CRASH_DUMP_SECONDS="0", PYTHONDONTWRITEBYTECODE="1")
    with tempfile.TemporaryFile() as errors, processors(workload.cpus):
        start = time.perf_counter()
        process = subprocess.Popen(
            [*series.command, "--count", str(count)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True)
        guard = threading.Timer(RUN_SECONDS_MAX, os.killpg, (process.pid, signal.SIGKILL))
        guard.start()
        try:
            output = process.stdout.read()
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            guard.cancel()
            process.stdout.close()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    return read(workload, output, process.returncode, said, wall, used)


def read(workload, output, code, said, wall, used):
    try:
        result = json.loads(output.decode().strip().splitlines()[-1])
        good = code == 0 and result["check"] == "ok"
        value = workload.value(result)
    except (ValueError, IndexError, KeyError, ZeroDivisionError):
        raise Failed(f"no result, exit code {code}: {said[-400:]}") from None
    if not good:
        raise Failed(f"check {result['check']}, exit code {code}: {said[-400:]}")
    return Sample(value, result, wall, used.ru_utime + used.ru_stime, used.ru_nvcsw, used.ru_nivcsw,
                  result.get("max_rss_kb", used.ru_maxrss),
                  result.get("p50_us"), result.get("p99_us"))
