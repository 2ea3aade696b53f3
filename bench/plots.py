# SPDX-License-Identifier: BSD-3-Clause
"""One bar chart per workload, and one of all ratios against the goals."""
try:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
except ImportError:
    pyplot = None

OURS, PEER, FLOOR, MISSED = "#1b7f5c", "#7d8ca3", "#d9c9a3", "#c2543d"


def save(figure, path):
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def draw_workload(outcome, path):
    w = outcome.workload
    bars = [s for s in (outcome.ours, *outcome.peers, outcome.floor) if s]
    if not bars:
        return False
    medians = [s.median() for s in bars]
    below = [m - min(s.values()) for m, s in zip(medians, bars)]
    above = [max(s.values()) - m for m, s in zip(medians, bars)]
    colors = [OURS if s is outcome.ours else FLOOR if s is outcome.floor else PEER for s in bars]
    labels = [s.name.replace(" (", "\n(") for s in bars]
    if outcome.floor and outcome.floor.program.name != "floor":
        labels[-1] = "floor: " + labels[-1]

    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.55 * len(bars)))
    places = range(len(bars))
    axes.barh(places, medians, xerr=[below, above], color=colors, ecolor="#333333", capsize=3)
    for place, median, over in zip(places, medians, above):
        axes.annotate(f"{median:.3g}", (median + over, place), xytext=(5, 0),
                      textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(places, labels, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlim(left=0)
    better = "more" if w.rate else "less"
    axes.set_xlabel(f"{w.unit} ({better} is better; bar: median, line: range)")
    axes.set_title(f"{w.id}: {w.text}", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)
    return True


def draw_summary(records, path):
    rows = [r for r in records if r["ratio"] is not None]
    if not rows:
        return False
    figure, axes = pyplot.subplots(figsize=(8, 1.2 + 0.35 * len(rows)))
    places = range(len(rows))
    met = [r["ratio"] >= (1 if r["goal"] is None else r["goal"]) for r in rows]
    # Bars start at 1, equal speed, on an axis where twice and half are equally far from it.
    axes.barh(places, [r["ratio"] - 1 for r in rows], left=1,
              color=[OURS if m else MISSED for m in met])
    for place, r in zip(places, rows):
        if r["goal"] is not None:
            axes.plot([r["goal"]] * 2, [place - 0.4, place + 0.4], color="black", linewidth=2)
        axes.annotate(f"{r['ratio']:.3g}", (max(r["ratio"], 1), place), xytext=(5, 0),
                      textcoords="offset points", va="center", fontsize=8)
    axes.set_xscale("log")
    axes.axvline(1, color="#333333", linewidth=0.8)
    axes.set_yticks(places, [f"{r['id']}: {r['peer_name']}" for r in rows], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel("ratio to the peer; right of 1, ours is better\n"
                    "(black: goal; red: below the goal, or below 1 where there is none)")
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)
    return True


def draw_all(outcomes, records, directory):
    """\\return what was done, as a sentence"""
    if pyplot is None:
        return ("No plots: this Python has no matplotlib "
                "(Debian has python3-matplotlib, for /usr/bin/python3).")
    drawn = [f"{o.workload.id}.png" for o in outcomes
             if draw_workload(o, directory / f"{o.workload.id}.png")]
    if draw_summary(records, directory / "summary.png"):
        drawn.append("summary.png")
    return f"Plots: {', '.join(drawn) or 'none'} in {directory}."
