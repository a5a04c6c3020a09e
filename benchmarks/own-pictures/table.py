"""Prints the tables of run.py's records as Markdown: accuracy by set, then time.

    python3 table.py RECORDS

Percentages are means over the seeds, with their sample standard deviation where there are several. `first` marks the sets on which the
default is ahead of all baselines, `tied` those on which it is behind the best of them by no more than two standard errors of the
difference, by the seeds of both.
"""
import json
import math
import os
import statistics
import sys

BASELINES = ["nearest", "logistic", "pytorch"]


def percent(values):
    mean = f"{100 * statistics.mean(values):.1f}"
    return mean if len(values) == 1 or len(set(values)) == 1 else f"{mean} ± {100 * statistics.stdev(values):.1f}"


def error(values):
    return statistics.variance(values) / len(values) if len(values) > 1 else 0


def verdict(runs):
    best = max(BASELINES, key=lambda name: statistics.mean(run[name] for run in runs))
    ours, theirs = [run["student"] for run in runs], [run[best] for run in runs]
    ahead = statistics.mean(ours) - statistics.mean(theirs)
    return "first" if ahead > 0 else "tied" if -ahead <= 2 * math.sqrt(error(ours) + error(theirs)) else "behind"


def main(records):
    sets = {}
    for line in map(json.loads, open(os.path.join(records, "runs.jsonl"))):
        sets.setdefault(line["set"], []).append(line)
    print("| set | images | default, taught | the same student alone | PyTorch's recipe | logistic regression | nearest neighbour | |")
    print("|---|---|---|---|---|---|---|---|")
    for name, runs in sorted(sets.items()):
        runs.sort(key=lambda run: run["seed"])
        columns = [percent([run[key] for run in runs]) for key in ("student", "alone", "pytorch", "logistic", "nearest")]
        print(f"| {name} | {runs[0]['train']:,} | {' | '.join(columns)} | {verdict(runs)} |")
    print("\n| set | network and input | epochs | minutes | predicted |")
    print("|---|---|---|---|---|")
    for name, runs in sorted(sets.items()):
        networks = ", ".join(sorted({f"{run['network']} {run['input']}×{run['input']}" for run in runs}))
        epochs = ", ".join(str(run["epochs"]) for run in runs)
        minutes = ", ".join(f"{run['seconds'] / 60:.1f}" for run in runs)
        off = ", ".join(f"{100 * (run['predicted'] / run['seconds'] - 1):+.0f} %" for run in runs)
        print(f"| {name} | {networks} | {epochs} | {minutes} | {off} |")
    helped = sum(statistics.mean(run["student"] - run["alone"] for run in runs) > 0 for runs in sets.values())
    print(f"\nTaught ahead of alone, by the mean: {helped} of {len(sets)} sets.")


if __name__ == "__main__":
    main(sys.argv[1])
