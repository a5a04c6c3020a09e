"""Writes images in the exact layout of SVHN's cropped digits, from a file of `pupil data convert`: python3 make_svhn_layout.py images.safetensors data/svhn"""
import json
import pathlib
import struct
import sys

import numpy as np
import scipy.io

source, target = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
data = source.read_bytes()
start = 8 + struct.unpack("<Q", data[:8])[0]
header = json.loads(data[8:start])


def read(name, dtype):
    begin, end = header[name]["data_offsets"]
    return np.frombuffer(data[start + begin : start + end], dtype).reshape(header[name]["shape"])


target.mkdir(parents=True, exist_ok=True)
for part in ("train", "test"):
    pixels, labels = read(f"{part}.pixels", np.uint8), read(f"{part}.labels", "<i4")
    scipy.io.savemat(
        target / f"{part}_32x32.mat",
        {"X": np.ascontiguousarray(pixels.transpose(1, 2, 3, 0)), "y": np.where(labels == 0, 10, labels).astype(np.uint8).reshape(-1, 1)},
        do_compression=True,
    )
