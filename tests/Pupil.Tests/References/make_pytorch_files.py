"""Writes small files of torch.save, and some that only an attacker would write, for the tests of the reader.

    python3 make_pytorch_files.py        # Debian's python3-torch; writes pytorch/
"""
import collections
import os
import pickle
import zipfile

import torch

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pytorch")
base = torch.arange(24, dtype=torch.float32).reshape(4, 6)


def content():
    state = collections.OrderedDict()
    state["module.plain"] = base.clone()
    state["module.transposed"] = base.t()                      # the same numbers, other strides
    state["module.part"] = base[1:3, ::2]                      # an offset and a step
    state["module.parameter"] = torch.nn.Parameter(torch.tensor([1.5, -2.0]))
    state["module.half"] = torch.tensor([0.5, 65504.0], dtype=torch.float16)
    state["module.brain"] = torch.tensor([1.0, 3.0], dtype=torch.bfloat16)
    state["module.double"] = torch.tensor([1e-300], dtype=torch.float64)
    state["module.long"] = torch.tensor([-(2 ** 62), 7])
    state["module.byte"] = torch.tensor([0, 255], dtype=torch.uint8)
    state["module.bool"] = torch.tensor([True, False])
    state["module.scalar"] = torch.tensor(42.0)
    state["module.empty"] = torch.zeros(0, 3)
    return {"state_dict": state, "epoch": 12, "best_prec1": 91.73, "name": "größer", "huge": 2 ** 100, "list": [1, None, (True, 2.5)],
            "optimizer": {"state": {0: {"step": 3, "momentum": base * 2}}, "param_groups": [{"lr": 0.1, "params": [0]}]}}


class Attack:
    def __reduce__(self):
        return os.system, ("touch /tmp/pupil-was-attacked",)


class Own:
    pass


os.makedirs(FOLDER, exist_ok=True)
torch.save(content(), os.path.join(FOLDER, "zip.pt"))
torch.save(content(), os.path.join(FOLDER, "legacy.pt"), _use_new_zipfile_serialization=False)
network = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
torch.save(network.state_dict(), os.path.join(FOLDER, "state.pt"))
torch.save({"epoch": 1, "model": network.state_dict(), "accuracy": torch.tensor(70.0)}, os.path.join(FOLDER, "checkpoint.pt"))
torch.save({"weights": Attack()}, os.path.join(FOLDER, "attack.pt"))
torch.save({"weights": Attack()}, os.path.join(FOLDER, "attack-legacy.pt"), _use_new_zipfile_serialization=False)
torch.save({"model": Own()}, os.path.join(FOLDER, "own-class.pt"))
torch.save(network, os.path.join(FOLDER, "whole-model.pt"))
with open(os.path.join(FOLDER, "plain.pkl"), "wb") as file:
    pickle.dump({"a": 1}, file, protocol=2)
with zipfile.ZipFile(os.path.join(FOLDER, "no-pickle.zip"), "w") as file:
    file.writestr("archive/readme.txt", "nothing here")
