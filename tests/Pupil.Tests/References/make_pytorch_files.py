"""Writes small files of torch.save, and some that only an attacker would write, for the tests of the reader.

    python3 make_pytorch_files.py        # Debian's python3-torch; writes pytorch/
"""
import argparse
import collections
import datetime
import os
import pathlib
import pickle
import random
import zipfile

import numpy
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


def trainer(network):
    """A whole trainer's checkpoint: what usual programs keep beside the weights."""
    optimizer = torch.optim.AdamW(network.parameters())
    network(torch.zeros(2, 1, 5, 5)).sum().backward()
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    history = collections.defaultdict(list)
    history["loss"].append(numpy.float32(0.5))
    state = network.state_dict()
    return {
        "args": argparse.Namespace(lr=0.1, data=pathlib.PurePosixPath("data/train"), nested=argparse.Namespace(seed=1)),
        "best": numpy.float64(0.91), "counts": numpy.arange(4), "names": numpy.array(["a", "b"], dtype=object), "history": history,
        "seen": collections.Counter("aab"), "type": torch.float16, "device": torch.device("cpu"), "size": torch.Size([2, 3]),
        "set": {1, 2}, "frozen": frozenset("ab"), "date": datetime.datetime(2026, 1, 2, 3, 4), "zone": datetime.timezone.utc,
        "bytes": b"\x00\xff", "complex": 1 + 2j, "range": range(3), "slice": slice(1, 2), "queue": collections.deque([1, 2]),
        ("tuple", 1): None, None: "none", torch.int64: "type", "function": os.path.join,
        "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict(), "torch": torch.get_rng_state(),
        "numpy": numpy.random.get_state(), "python": random.getstate(), "generator": numpy.random.default_rng(0).bit_generator,
        "odd": torch.zeros(2).to_sparse(), "quantized": torch.quantize_per_tensor(torch.zeros(2), 0.1, 0, torch.qint8),
        "state_dict": state, "model_ema": {name: tensor + 1 for name, tensor in state.items()},
    }


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
torch.save({"epoch": 3, "ema": None, "model": network}, os.path.join(FOLDER, "model-entry.pt"))
torch.jit.trace(network.eval(), torch.zeros(1, 1, 5, 5)).save(os.path.join(FOLDER, "script.pt"))
torch.save(trainer(network), os.path.join(FOLDER, "trainer.pt"))
torch.save(trainer(network), os.path.join(FOLDER, "trainer-4.pt"), pickle_protocol=4)
torch.save(trainer(network), os.path.join(FOLDER, "trainer-legacy.pt"), _use_new_zipfile_serialization=False)
state = network.state_dict()
torch.save({"checkpoint": {"weights": state, "step": 1}}, os.path.join(FOLDER, "nested.pt"))
torch.save({"generator": state, "discriminator": state, "step": 1}, os.path.join(FOLDER, "two.pt"))
torch.save({"state_dict": {**state, "0.weight": state["0.weight"].to_sparse()}}, os.path.join(FOLDER, "sparse.pt"))
torch.save({"state_dict": {**state, "0.weight": state["0.weight"].numpy()}}, os.path.join(FOLDER, "numpy-weight.pt"))
numpy.savez(os.path.join(FOLDER, "arrays.npz"), **{name: tensor.numpy() for name, tensor in state.items()})
numpy.savez_compressed(os.path.join(FOLDER, "compressed.npz"), **{name: tensor.numpy() for name, tensor in state.items()})
for name, array in {"float32": numpy.arange(6, dtype="float32").reshape(2, 3), "float64": numpy.array(1.5), "float16": numpy.array([0.5], "float16"),
                    "int64": numpy.array([[-1], [2 ** 40]]), "uint8": numpy.zeros((0, 3), "uint8")}.items():
    numpy.save(os.path.join(FOLDER, f"{name}.npy"), array)
numpy.save(os.path.join(FOLDER, "fortran.npy"), numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)))
numpy.save(os.path.join(FOLDER, "objects.npy"), numpy.array([{}, None], dtype=object))
numpy.save(os.path.join(FOLDER, "big-endian.npy"), numpy.array([1.0], dtype=">f8"))
with open(os.path.join(FOLDER, "plain.pkl"), "wb") as file:
    pickle.dump({"a": 1}, file, protocol=2)
with zipfile.ZipFile(os.path.join(FOLDER, "no-pickle.zip"), "w") as file:
    file.writestr("archive/readme.txt", "nothing here")
