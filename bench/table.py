# SPDX-License-Identifier: BSD-3-Clause
"""Rows of results: as records for latest.json and as aligned text."""
from dataclasses import dataclass


@dataclass
class Outcome:
    """A workload's best variants; `ours` and `floor` are None if absent or failed."""

    workload: object
    ours: object
    peers: list
    floor: object
    all_series: list


def choose(workload, all_series):
    """Of each program the variant with the best median."""
    pick = max if workload.more_is_better else min

    def best(program):
        if program is None:
            return None
        mine = [s for s in all_series if s.program is program and s.samples and not s.error]
        return pick(mine, key=lambda s: s.median(), default=None)

    peers = [s for s in map(best, workload.peers) if s]
    return Outcome(workload, best(workload.ours), peers, best(workload.floor), all_series)


def best_of(workload, series):
    return (max if workload.more_is_better else min)(series.values())


def records(outcome):
    """One record per peer; if no peer ran, one without a peer, so that our figure is not lost."""
    w, ours, floor = outcome.workload, outcome.ours, outcome.floor
    for peer in outcome.peers or ([None] if ours else []):
        ratio = None
        if ours and peer:
            ratio = ours.median() / peer.median()
            ratio = ratio if w.more_is_better else 1 / ratio
        yield {
            "id": w.id,
            "workload": w.text,
            "unit": w.unit,
            "higher_is_better": w.more_is_better,
            "ours": ours and ours.median(),
            "peer": peer and peer.median(),
            "peer_name": peer and peer.program.name,
            "ratio": ratio,
            "floor": floor and floor.median(),
            "goal": peer and peer.program.goal,
            "limit": w.limit,
            "ours_best": ours and best_of(w, ours),
            "peer_best": peer and best_of(w, peer),
            "ours_variant": ours and ours.variant,
            "peer_variant": peer and peer.variant,
            "floor_variant": floor and floor.variant,
            "rounds": len((ours or peer).samples),
            "variants": {s.name: s.median() for s in outcome.all_series if s.samples},
        }


def figure(value):
    if value is None:
        return "-"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def is_met(record):
    """Whether ours keeps its limit, or the ratio reaches its goal; None where there is neither."""
    ours, limit, more = record["ours"], record["limit"], record["higher_is_better"]
    if limit is not None:
        return None if ours is None else ours >= limit if more else ours <= limit
    if record["goal"] is None or record["ratio"] is None:
        return None
    return record["ratio"] >= record["goal"]


def verdict(record):
    """Our goal, a limit to our own figure or a ratio to the peer's, and whether it was met."""
    if record["limit"] is not None:
        text = f"ours {'>=' if record['higher_is_better'] else '<='} {record['limit']:.3g}"
    elif record["goal"] is not None:
        text = f">= {record['goal']:.3g}"
    else:
        return "-"
    return {True: f"{text} met", False: f"{text} MISSED", None: text}[is_met(record)]


def aligned(head, rows):
    """Numbers to the right, words to the left; a column whose heading ends in a space is words."""
    widths = [max(len(str(r[i]).strip()) for r in [head, *rows]) for i in range(len(head))]
    lines = []
    for row in [head, *rows]:
        cells = [str(c).strip().ljust(n) if h.endswith(" ") else str(c).strip().rjust(n)
                 for c, n, h in zip(row, widths, head)]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * n for n in widths))
    return "\n".join(lines)


def summary(all_records):
    """One line for each peer; what they share stands in the first."""
    rows = []
    for r, before in zip(all_records, [None, *all_records]):
        first = before is None or before["id"] != r["id"]
        shared = (r["workload"], r["unit"], figure(r["ours"])) if first else ("", "", "")
        rows.append((r["id"], *shared, r["peer_name"] or "-", figure(r["peer"]),
                     figure(r["ratio"]), verdict(r), figure(r["floor"]) if first else ""))
    head = ["id ", "workload ", "unit ", "ours", "peer ", "peer's", "ratio", "goal ", "floor"]
    return aligned(head, rows)


def details(outcomes):
    """Every variant that ran, with its spread and its cost."""
    head = ["id ", "program ", "* ", "median", "best", "range", "p50/p99 us", "wall s", "cpu s",
            "waits", "preempted", "MiB"]
    return aligned(head, [detail(o, s) for o in outcomes for s in o.all_series if s.samples])


def detail(outcome, series):
    s = series
    chosen = any(s is c for c in (outcome.ours, outcome.floor, *outcome.peers))
    latency = [figure(s.median(key)) for key in ("p50_us", "p99_us") if s.median(key) is not None]
    return (outcome.workload.id, s.name, "*" if chosen else "",
            figure(s.median()), figure(best_of(outcome.workload, s)),
            f"{figure(min(s.values()))}..{figure(max(s.values()))}", "/".join(latency) or "-",
            f"{s.median('wall'):.2f}", f"{s.median('cpu'):.2f}",
            f"{s.median('voluntary'):.0f}", f"{s.median('involuntary'):.0f}",
            f"{s.median('rss_kb') / 1024:.0f}")
