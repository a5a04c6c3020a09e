"""Runs pupil's default command on picture sets, and the baselines beside it, one after the other; records are kept in a folder.

    python3 run.py SETS RECORDS --seeds 0,1,2 [--only signs,texture] [--pupil "pupil"]

For each seed and set: `pupil distill --data SET` as a user types it, apart from the seed, then baselines.py with the student's network
and input and the time that the whole command took. A run that is recorded already is passed over, so a stopped run.py goes on.
RECORDS/SET-SEED keeps recipe, plan, environment and summary of the run; RECORDS/runs.jsonl has a line for each. Needs what baselines.py
needs. Let nothing else compute meanwhile: the budget is a time. Give SETS and RECORDS as relative paths: the records repeat them.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KEPT = ["recipe.json", "plan.json", "environment.json", "run.json"]


def accuracy(network):
    # The kept student: the best epoch on held-out images where some are held out, else the last.
    return (network["best"] or network["last"])["test"]["top1"]


def run(given, name, seed, earlier):
    work = os.path.join(given.records, "runs", f"{name}-{seed}")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    command = [*given.pupil.split(), "distill", "--data", os.path.join(given.sets, name), "--seed", str(seed),
               "--set", f"expert.seed={seed}", "-o", os.path.join(work, "run"), "--experts", os.path.join(work, "experts")]
    started = time.time()
    with open(os.path.join(work, "output.txt"), "w") as output:
        code = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT).returncode
    seconds = time.time() - started
    if code:
        return sys.exit(f"{name}, seed {seed}: exit code {code}; see {work}/output.txt")
    parts = {part: json.load(open(os.path.join(work, "run", part))) for part in KEPT}
    found = {network["network"]["name"]: accuracy(network) for network in parts["run.json"]["networks"]}
    recipe, expert = parts["recipe.json"], parts["run.json"]["expert"]
    side = (recipe["data"].get("input") or {}).get("size") or recipe["data"]["source"]["size"]
    network = parts["run.json"]["networks"][0]["network"]["architecture"]
    line = {"set": name, "seed": seed, "student": found["student"], "alone": found["alone"], "expert": expert["test"]["top1"],
            "network": network, "input": side, "epochs": parts["run.json"]["epochs"], "seconds": round(seconds, 1),
            "predicted": round(parts["plan.json"]["expectedSeconds"] + parts["plan.json"]["choosingSeconds"], 1)}
    # Nearest neighbour and logistic regression depend on no seed.
    known = next((other for other in earlier if (other["set"], other["input"]) == (name, side)), None)
    base = subprocess.run([given.python, os.path.join(HERE, "baselines.py"), os.path.join(given.sets, name), "--network", network,
                           "--side", str(side), "--seconds", str(seconds), "--seed", str(seed),
                           "--only", "pytorch" if known else "nearest,logistic,pytorch"], capture_output=True, text=True)
    if base.returncode:
        sys.exit(f"{name}, seed {seed}: {base.stderr}")
    line |= {baseline: known[baseline] for baseline in ["nearest", "logistic"]} if known else {}
    line |= json.loads(base.stdout)
    kept = os.path.join(given.records, f"{name}-{seed}")
    os.makedirs(kept, exist_ok=True)
    for part in KEPT:
        shutil.copy(os.path.join(work, "run", part), kept)
    return line


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("sets")
    parser.add_argument("records")
    parser.add_argument("--seeds", default="0,1,2")
    parser.add_argument("--only")
    parser.add_argument("--pupil", default="pupil")
    parser.add_argument("--python", default=sys.executable)
    given = parser.parse_args()
    os.makedirs(given.records, exist_ok=True)
    log = os.path.join(given.records, "runs.jsonl")

    def recorded():
        return [json.loads(line) for line in open(log)] if os.path.exists(log) else []

    for seed in map(int, given.seeds.split(",")):
        for name in given.only.split(",") if given.only else sorted(os.listdir(given.sets)):
            earlier = recorded()
            if any((line["set"], line["seed"]) == (name, seed) for line in earlier):
                continue
            line = json.dumps(run(given, name, seed, earlier))
            print(line, flush=True)
            with open(log, "a") as records:
                records.write(line + "\n")
