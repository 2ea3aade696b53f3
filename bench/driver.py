#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Measures Troupe's programs and its peers' in one run, rounds interleaved, and compares medians.

Exit code: 0, also if goals are missed (the table says so); 1 if a program crashed or failed its
own check."""
import argparse
import json
import pathlib
import sys

import machine
import measure
import plots
import table
from workloads import WORKLOADS

HERE = pathlib.Path(__file__).resolve().parent


def default_build():
    """build/bench if it was configured, else build/release."""
    bench, release = (HERE.parent / "build" / name for name in ("bench", "release"))
    return bench if (bench / "CMakeCache.txt").exists() else release


def names(given, id):
    """Whether what was given on the command line means this workload: its id, or its group's."""
    return id == given or id.startswith(given + "-")


def options():
    known = [w.id for w in WORKLOADS]
    parser = argparse.ArgumentParser(description=__doc__)
    option = parser.add_argument
    option("--build", type=pathlib.Path, default=default_build(),
           help="CMake build directory; the programs are in its bench/ (%(default)s)")
    option("--rounds", type=int, default=7, help="runs of each variant (%(default)s)")
    option("--scale", type=float, default=1, help="factor on every count, for a quick look")
    option("--results", type=pathlib.Path, default=HERE / "results", help="%(default)s")
    option("--list", action="store_true", help="show workloads and programs, run nothing")
    option("ids", nargs="*", metavar="ID",
           help=f"of {', '.join(known)}; I2 means all that begin with I2-; all if none is named")
    given = parser.parse_args()
    unknown = [id for id in given.ids if not any(names(id, k) for k in known)]
    if unknown:
        parser.error(f"no such workload: {', '.join(unknown)}")
    if given.rounds < 1 or given.scale <= 0:
        parser.error("rounds and scale must be above 0")
    return given


class Progress:
    """One line updated in place on a terminal, plain lines elsewhere; on stderr, so that stdout
    holds nothing but the result."""

    def __init__(self):
        self.in_place = sys.stderr.isatty()

    def show(self, text):
        """For now: the next line may replace it."""
        self._print(text, end="" if self.in_place else "\n")

    def note(self, text):
        """To stay."""
        self._print(text, end="\n")

    def _print(self, text, end):
        start = "\r\033[K" if self.in_place else ""
        print(start + text, end=end, file=sys.stderr, flush=True)


def programs(workload):
    return [p for p in (workload.ours, *workload.peers, workload.floor) if p]


def present(workload, build, progress):
    """A series for each variant that can run here."""
    found = []
    for program in programs(workload):
        variants = {label: measure.resolve(command, build / "bench")
                    for label, command in program.variants.items()}
        here = [measure.Series(program, label, c) for label, c in variants.items() if c]
        if not here:
            progress.note(f"{workload.id}: {program.name} is not there, so it is left out")
        found += here
    return found


def measure_workload(workload, given, progress, runs):
    """A/B/C/A/B/C: what changes on the machine meanwhile meets all programs alike.
    `runs` keeps the series of each workload, for those that take their figures from its runs."""
    if workload.same_runs_as in runs:
        return table.choose(workload, [s.seen_by(workload) for s in runs[workload.same_runs_as]])
    everyone = runs[workload.id] = present(workload, given.build, progress)
    for turn in range(given.rounds):
        for series in everyone:
            if series.error:
                continue
            where = f"{workload.id} round {turn + 1}/{given.rounds} {series.name}"
            if progress.in_place:
                progress.show(where)
            try:
                series.samples.append(measure.run(workload, series, given.scale))
                progress.show(f"{where}: {table.figure(series.samples[-1].value)} {workload.unit}")
            except measure.Failed as why:
                series.error = str(why)
                progress.note(f"{where}: FAILED, {why}")
    if progress.in_place:
        progress.note(f"{workload.id} done")
    return table.choose(workload, everyone)


def how_long(chosen, given):
    """What the run will take, in words: the sum of what its workloads take on an idle machine."""
    ids = {w.id for w in chosen}
    round_seconds = sum(w.round_seconds for w in chosen if w.same_runs_as not in ids)
    minutes = given.rounds * round_seconds * max(given.scale, 0.3) / 60  # they must start anyway
    return f"{len(chosen)} workloads, {given.rounds} rounds: about {max(minutes, 1):.0f} minutes"


def write_json(path, data):
    path.write_text(json.dumps(data, indent=1) + "\n")


def main():
    given = options()
    chosen = [w for w in WORKLOADS
              if not given.ids or any(names(id, w.id) for id in given.ids)]
    if given.list:
        for w in chosen:
            print(f"{w.id}: {w.text}")
            for p in programs(w):
                print(f"  {p.name}: {', '.join(label or 'one variant' for label in p.variants)}")
        return 0
    facts = machine.facts(given.build)
    progress = Progress()
    if facts["load_before"] > 0.5:
        progress.note(f"The machine is busy, load {facts['load_before']:.1f}: expect wide ranges.")
    progress.note(how_long(chosen, given))
    runs = {}
    outcomes = [measure_workload(w, given, progress, runs) for w in chosen]
    rows = [r for o in outcomes for r in table.records(o)]

    given.results.mkdir(parents=True, exist_ok=True)
    write_json(given.results / "latest.json", rows)
    write_json(given.results / "machine.json", facts)
    print(table.details(outcomes), end="\n\n")
    print(table.summary(rows), end="\n\n")
    print(plots.draw_all(outcomes, rows, given.results))
    failed = [(o.workload.id, s) for o in outcomes for s in o.all_series if s.error]
    for id, s in failed:
        print(f"FAILED: {id}: {s.name}: {s.error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
