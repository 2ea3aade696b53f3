#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Says which of the behaviours in rows.tsv hold: of CPython's own test-suite (parts `core` and `service`)
and of what must happen when a participant dies (`death`).

A row is held if tests of ours carry its id and all of them have run and passed, now or in the run whose results are given. Exit code: 0;
1 if a row is not held any more that rows.tsv says is; with --place, if one is not held that was tried there."""
import argparse
import csv
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROWS = HERE / "rows.tsv"
ID = re.compile(r"[A-Z]{2}\d\d|K\d\d")
PARTS = {"core": "coordination core", "service": "processes and services",
         "death": "death of a participant"}


def read_rows():
    with ROWS.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def write_rows(rows):
    with ROWS.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter="\t", lineterminator="\n",
                                quoting=csv.QUOTE_NONE, quotechar=None)
        writer.writeheader()
        writer.writerows(rows)


def ids_of(test_name):
    """The ids at the beginning of a test's name: `BA07 K09 barrier: …`."""
    ids = []
    for word in test_name.split():
        if not ID.fullmatch(word.rstrip(":")):
            break
        ids.append(word.rstrip(":"))
    return ids


def run(program, place):
    """What `read_results` gives, of a run now of those tests of the program that carry ids. Its output is shown if it does
    not end well."""
    listed = subprocess.run([program, "--list-test-cases"], capture_output=True, text=True)
    wanted = [name for name in listed.stdout.splitlines() if ids_of(name)]
    if not wanted:
        return {}
    print(f"{program.name}: {len(wanted)} tests", file=sys.stderr, flush=True)
    names = ",".join(re.sub(r"[,\"]", "?", name) for name in wanted)
    with tempfile.TemporaryDirectory() as directory:
        where = {"TROUPE_TEST_RESULTS": directory} | ({"TROUPE_PLACE": place} if place else {})
        done = subprocess.run([program, f"--test-case={names}"], capture_output=True, text=True,
                              env=os.environ | where)
        if done.returncode != 0:
            print(f"{program.name} did not end well ({done.returncode}):\n{done.stdout}{done.stderr}", file=sys.stderr)
        results = pathlib.Path(directory, program.name + ".tsv")
        came_to_an_end = read_results(results, place) if results.exists() else {}
    tried_elsewhere = {} if place else dict.fromkeys(wanted, False)
    return tried_elsewhere | came_to_an_end


def read_results(file, place):
    """The tests of a run that is over, and whether they passed, as tests/support/main.cpp has noted it. Where a place is
    given, only those that were tried in it."""
    lines = [line.split("\t", 2) for line in file.read_text().splitlines()]
    return {name: verdict == "passed" for verdict, places, name in lines if not place or places != "0"}


def verdicts(sources, place):
    """For each id: whether all tests that carry it passed. A source is a program, or the results of one."""
    held = {}
    for source in sources:
        results = read_results(source, place) if source.suffix == ".tsv" else run(source, place)
        for name, good in results.items():
            for id in ids_of(name):
                held[id] = held.get(id, True) and good
    return held


def in_lines(ids, width=88):
    lines, line = [], ""
    for id in ids:
        if len(line) + len(id) + 1 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + id
    return lines + [line] if line else lines


def show(title, rows, held):
    chosen = [r["id"] for r in rows if r["status"].startswith("choice")]
    good = [r["id"] for r in rows if held.get(r["id"]) and r["id"] not in chosen]
    rest = [r["id"] for r in rows if r["id"] not in good and r["id"] not in chosen]
    print(f"{title:<44} {len(good):>4} of {len(rows):<4}"
          + (f" {len(chosen)} by choice" if chosen else ""))
    return good, chosen, rest


def show_place(rows, held):
    """\return the exit code"""
    print(f"{'behaviours, across nodes':<44} held")
    for part, title in PARTS.items():
        of_part = [r for r in rows if r["part"] == part]
        tried = [r["id"] for r in of_part if r["id"] in held]
        print(f"{title:<44} {sum(held[id] for id in tried):>4} of {len(tried):<4} "
              f"{len(of_part) - len(tried)} need no other node, or a child process")
    lost = [r["id"] for r in rows if held.get(r["id"], True) is False]
    if lost:
        print("\nnot held:")
        print("\n".join("  " + line for line in in_lines(lost)))
    return 1 if lost else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="+", type=pathlib.Path,
                        help="doctest programs, or the .tsv files that runs of them have left")
    parser.add_argument("--record", action="store_true", help="note in rows.tsv what is held now")
    parser.add_argument("--place", choices=["nodes"],
                        help="try them there: each party and each server on a node of a cluster")
    given = parser.parse_args()
    rows = read_rows()
    held = verdicts([p.resolve() for p in given.programs], given.place)
    unknown = sorted(set(held) - {r["id"] for r in rows})
    if unknown:
        print("tests carry ids that rows.tsv does not have: " + " ".join(unknown), file=sys.stderr)

    if given.place:
        return show_place(rows, held)
    print(f"{'behaviours':<44} held")
    everything = {"held": [], "choice": [], "not": []}
    for part, title in PARTS.items():
        of_part = [r for r in rows if r["part"] == part]
        for table in dict.fromkeys(r["table"] for r in of_part):
            results = show("  " + table, [r for r in of_part if r["table"] == table], held)
            for key, ids in zip(everything, results):
                everything[key] += ids
        show(title, of_part, held)
    if everything["not"]:
        print("\nnot held:")
        print("\n".join("  " + line for line in in_lines(everything["not"])))
    for r in rows:
        if r["status"].startswith("choice"):
            print(f"by choice: {r['id']} {r['status'].removeprefix('choice: ')}")
    lost = [r["id"] for r in rows if r["status"] == "held" and not held.get(r["id"])]
    if lost:
        print("\nWas held before: " + " ".join(lost))
    if given.record:
        for r in rows:
            if not r["status"].startswith("choice"):
                r["status"] = "held" if held.get(r["id"]) else "open"
        write_rows(rows)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
