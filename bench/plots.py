# SPDX-License-Identifier: BSD-3-Clause
"""One bar chart per workload, and one of all ratios against the goals."""
try:
    import matplotlib
    import matplotlib.ticker

    matplotlib.use("Agg")
    from matplotlib import pyplot
except ImportError:
    pyplot = None

import table

COLORS = ("#1f5fa8", "#d08a1d", "#2a9d8f", "#7b4fa3", "#5f6b7a", "#b8a200", "#8c564b", "#4f9a3c")
LEGEND_COLUMNS = 8
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
        axes.annotate(table.figure(median), (median + over, place), xytext=(5, 0),
                      textcoords="offset points", va="center", fontsize=9)
    if w.limit is not None:
        axes.axvline(w.limit, color=MISSED, linestyle="--", linewidth=1)
    axes.set_yticks(places, labels, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.1)
    axes.set_xlim(left=0)
    better = "more" if w.more_is_better else "less"
    limit = "" if w.limit is None else "; dashed: our limit"
    axes.set_xlabel(f"{w.unit} ({better} is better; bar: median, line: range{limit})")
    axes.set_title(f"{w.id}: {w.text}", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    save(figure, path)
    return True


def met(record):
    """Whether a record is as we want it: its goal reached, or not behind where there is none."""
    verdict = table.is_met(record)
    return record["ratio"] >= 1 if verdict is None else verdict


def draw_summary(records, path):
    """A line for each workload, on it a dot for each peer; in words beside it what the dots say."""
    rows = [r for r in records if r["ratio"] is not None]
    if not rows:
        return False
    ids = list(dict.fromkeys(r["id"] for r in rows))
    names = list(dict.fromkeys(r["peer_name"] for r in rows))
    colors = {name: pyplot.get_cmap("tab20")(i % 20) for i, name in enumerate(names)}
    legend_lines = -(-len(names) // LEGEND_COLUMNS)

    figure, axes = pyplot.subplots(figsize=(12, 1.4 + 0.2 * legend_lines + 0.3 * len(ids)))
    axes.set_xscale("log")
    axes.axvline(1, color="#333333", linewidth=0.8)
    for place, id in enumerate(ids):
        if place % 2 == 0:
            axes.axhspan(place - 0.5, place + 0.5, color="#f3f4f6", zorder=0)
        mine = [r for r in rows if r["id"] == id]
        for i, r in enumerate(mine):
            level = place + 0.14 * (i - (len(mine) - 1) / 2)  # dots of equal ratio stay apart
            color = colors[r["peer_name"]]
            if r["goal"] is not None:
                axes.plot([r["goal"]] * 2, [level - 0.22, level + 0.22], color=color, linewidth=2)
            axes.plot(r["ratio"], level, "o", markersize=7, color=color, markeredgewidth=1.8,
                      markeredgecolor=color if met(r) else MISSED)
        said = ", ".join(f"{r['peer_name']} {r['ratio']:.3g}{'' if met(r) else ' (!)'}"
                         for r in mine)
        axes.annotate(said, (1.01, place), xycoords=("axes fraction", "data"), va="center",
                      fontsize=8, color="black" if all(map(met, mine)) else MISSED)
    for name in names:
        axes.plot([], [], "o", color=colors[name], label=name)
    figure.legend(loc="upper center", ncols=LEGEND_COLUMNS, frameon=False, fontsize=9)
    texts = {r["id"]: r["workload"] for r in rows}
    axes.set_yticks(range(len(ids)), [f"{texts[id]}  {id}" for id in ids], fontsize=8)
    axes.set_ylim(len(ids) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize=8)
    axes.xaxis.set_major_locator(matplotlib.ticker.LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xlabel("how many times better ours is than the peer; right of 1, ours is better\n"
                    "(upright line: the goal for that peer; red, (!): goal or limit missed, "
                    "or below 1 where there is none)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.tight_layout(rect=(0, 0, 1, 1 - (0.2 + 0.2 * legend_lines) / figure.get_figheight()))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
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
