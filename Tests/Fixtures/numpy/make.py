"""Writes the .npy and .npz files of this folder, which the tests of the file formats read."""
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
grid = np.arange(6).reshape(2, 3)
types = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split()
arrays = {t: grid.astype(t) for t in types}
arrays |= {"big_" + t: grid.astype(">" + t) for t in types if t[1] != "1"}
arrays |= {"fortran": np.asfortranarray(grid * 0.5), "truth": grid % 2 == 0}
arrays |= {"scalar": np.float64(2.5), "empty": np.zeros((0, 3)), "cube": np.arange(24.0).reshape(2, 3, 4)}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", **arrays)
np.save("fortran_cube.npy", np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)))
np.save("big_endian.npy", np.array([1.5, -2.25, np.inf], ">f4"))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as file:
        np.lib.format.write_array(file, np.arange(4.0), (version, 0))
np.save("complex.npy", np.array([1j]))
np.save("records.npy", np.zeros(1, [("a", "f4"), ("b", "i4")]))
