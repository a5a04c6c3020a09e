"""Tiny ImageNet's whole classes (500 training pictures) as plain folders: python3 make_plain_folders.py tiny-imagenet-200 data/tiny20"""
import csv
import pathlib
import shutil
import sys

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
words = dict(line.rstrip("\n").split("\t") for line in open(source / "words.txt"))
counts = {d.name: len(list((d / "images").iterdir())) for d in (source / "train").iterdir()}
names = {wnid: words[wnid].split(",")[0] for wnid, count in counts.items() if count == 500}
rows = []


def put(picture, part, wnid, box):
    place = f"{part}/{names[wnid]}/{picture.stem}.jpg"
    (target / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(picture, target / place)
    left, top, right, bottom = map(int, box)
    rows.append([place, left, top, right + 1, bottom + 1])


for wnid in sorted(names):
    for line in open(source / "train" / wnid / f"{wnid}_boxes.txt"):
        file, *box = line.split()
        put(source / "train" / wnid / "images" / file, "train", wnid, box)
for line in open(source / "val" / "val_annotations.txt"):
    file, wnid, *box = line.split()
    if wnid in names:
        put(source / "val" / "images" / file, "test", wnid, box)
with open(target / "boxes.csv", "w", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(["path", "left", "top", "right", "bottom"])
    writer.writerows(rows)
