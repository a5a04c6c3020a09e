"""Turns one of akamaster's pre-trained CIFAR-10 ResNets (github.com/akamaster/pytorch_resnet_cifar10, BSD-2) into a student file of Pupil.

    python3 make_expert.py resnet20-12fca82f.th experts/resnet-20.safetensors

Needs PyTorch and NumPy (Debian: python3-torch). Only names change; no number does.
"""
import json
import re
import struct
import sys

import torch

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def our_name(name):
    name = name.removeprefix("module.")
    for pattern, ours in ((r"^conv1\.", "stem."), (r"^bn1\.", "norm."), (r"^linear\.", "classifier."),
                          (r"^layer(\d)\.", r"stage\1."), (r"\.bn(\d)\.", r".norm\1.")):
        name = re.sub(pattern, ours, name)
    return name


source, target = sys.argv[1:]
saved = torch.load(source, map_location="cpu")
tensors = {our_name(name): x.float().contiguous().numpy() for name, x in saved["state_dict"].items() if not name.endswith("num_batches_tracked")}
depth = 2 + 2 * sum(1 for name in tensors if re.fullmatch(r"stage\d\.\d+\.conv1\.weight", name))
card = {
    "network": {"architecture": f"resnet-{depth}", "dropout": 0, "initialization": "default"},
    "input": {"channels": 3, "height": 32, "width": 32},
    "classes": CLASSES,
    "normalization": {"mean": [0.485, 0.456, 0.406], "deviation": [0.229, 0.224, 0.225]},
    "name": "expert", "epoch": 0, "testTop1": None, "recipeHash": "",
}
header, offset = {"__metadata__": {"format": "pt", "pupil.version": "1", "pupil.student": json.dumps(card)}}, 0
for name in sorted(tensors):
    header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [offset, offset + tensors[name].nbytes]}
    offset += tensors[name].nbytes
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(target, "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text)
    for name in sorted(tensors):
        file.write(tensors[name].astype("<f4").tobytes())
print(f"{target}: {len(tensors)} tensors, resnet-{depth}")
