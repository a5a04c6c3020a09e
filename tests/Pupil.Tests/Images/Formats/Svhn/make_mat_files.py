"""Writes the small MATLAB files of these tests with SciPy's savemat, in the layout of SVHN's cropped digits.

    python3 tests/Pupil.Tests/Images/Formats/Svhn/make_mat_files.py

Needs SciPy alone (Debian 12: `apt-get install python3-scipy`; written with 1.10). Three images each, no photographs: the pixel of image n
in row r, column c and channel k is (7 n + 5 r + 3 c + 11 k + r c) mod 251, the label of image n is (3 n + 9) mod 10 + 1. SvhnSample.cs
knows the same formulas. The date that SciPy writes into the header is blanked: the same files every time.
"""
import pathlib

import numpy as np
from scipy.io import savemat

folder = pathlib.Path(__file__).resolve().parent
r, c, k, n = np.meshgrid(np.arange(32), np.arange(32), np.arange(3), np.arange(3), indexing="ij")
X = ((7 * n + 5 * r + 3 * c + 11 * k + r * c) % 251).astype(np.uint8)
y = ((3 * np.arange(3) + 9) % 10 + 1).reshape(3, 1)

for compressed in (False, True):
    for kind in (np.uint8, np.float64):
        path = folder / f"scipy-{'compressed' if compressed else 'plain'}-{np.dtype(kind).name}.mat"
        savemat(path, {"X": X, "y": y.astype(kind)}, do_compression=compressed)
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])
