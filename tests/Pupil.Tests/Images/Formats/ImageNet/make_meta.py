"""Writes meta.mat of these tests with SciPy's savemat, in the layout of the list of synsets in ILSVRC2012's devkit.

    python3 tests/Pupil.Tests/Images/Formats/ImageNet/make_meta.py

Needs SciPy alone (Debian 12: `apt-get install python3-scipy`; written with 1.10). Four synsets, the last one above two others, as the
devkit lists them. The date that SciPy writes into the header is blanked: the same file every time.
"""
import pathlib

import numpy as np
from scipy.io import savemat

fields = ["ILSVRC2012_ID", "WNID", "words", "gloss", "num_children", "children", "wordnet_height", "num_train_images"]
synsets = np.zeros((4, 1), dtype=[(field, object) for field in fields])
rows = [
    (1, "n02119789", "kit fox, Vulpes macrotis", "small grey fox of southwestern United States", 0, np.zeros((1, 0)), 0, 1300),
    (2, "n02012849", "crane", "large long-necked wading bird", 0, np.zeros((1, 0)), 0, 1300),
    (3, "n03126707", "crane", "lifts and moves heavy objects", 0, np.zeros((1, 0)), 0, 1300),
    (4, "n00001740", "entity", "that which exists", 2, np.array([[1, 2]]), 19, 0),
]
for place, row in enumerate(rows):
    synsets[place, 0] = row

path = pathlib.Path(__file__).resolve().parent / "meta.mat"
for compressed in (False, True):
    path = path.with_name("meta-compressed.mat" if compressed else "meta.mat")
    savemat(path, {"synsets": synsets}, do_compression=compressed)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])
