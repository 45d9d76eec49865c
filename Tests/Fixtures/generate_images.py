"""Small PNG and JPEG files of all kinds, written byte by byte or by Pillow, and numbers of SSIM.

Needs numpy, Pillow and scikit-image; run in this folder. PNG samples follow a formula that the
tests repeat: sample(channel, row, column) = (7 row + 3 column + 5 channel + row column) mod 2^bits,
times 257 with a low byte of its own for 16 bits.
"""

import struct
import zlib

import numpy as np
from PIL import Image
from skimage.metrics import structural_similarity

HEIGHT, WIDTH = 5, 6
CHANNELS = {"grey": (0, 1), "rgb": (2, 3), "palette": (3, 1), "grey_alpha": (4, 2), "rgba": (6, 4)}
PASSES = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def sample(channel, row, column, bits):
    value = 7 * row + 3 * column + 5 * channel + row * column
    return (value * 2477 + 11) % 65536 if bits == 16 else value % 2**bits


def scanline(values, bits):
    if bits == 16:
        return b"".join(struct.pack(">H", v) for v in values)
    packed, used, out = 0, 0, b""
    for v in values:
        packed, used = (packed << bits) | v, used + bits
        if used == 8:
            out, packed, used = out + bytes([packed]), 0, 0
    return out + (bytes([packed << (8 - used)]) if used else b"")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(kind, bits, interlaced=False, height=HEIGHT, width=WIDTH, extra=b""):
    colour, channels = CHANNELS[kind]
    passes = PASSES if interlaced else [(0, 0, 1, 1)]
    raw = b""
    for row0, column0, row_step, column_step in passes:
        columns = range(column0, width, column_step)
        for row in range(row0, height, row_step) if len(columns) else []:
            values = [sample(c, row, column, bits) for column in columns for c in range(channels)]
            raw += b"\0" + scanline(values, bits)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(interlaced))
    body = chunk(b"IHDR", header) + extra
    if kind == "palette":
        body += chunk(b"PLTE", b"".join(bytes([(40 * k) % 256, (17 * k + 3) % 256, 255 - k % 256]) for k in range(2**bits)))
        if bits == 4:
            body += chunk(b"tRNS", bytes([0, 128, 255]))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


for kind, depths in {"grey": [1, 2, 4, 8, 16], "rgb": [8, 16], "palette": [1, 2, 4, 8],
                     "grey_alpha": [8, 16], "rgba": [8, 16]}.items():
    for bits in depths:
        open(f"images/{kind}{bits}.png", "wb").write(png(kind, bits))
open("images/grey8_interlaced.png", "wb").write(png("grey", 8, True, 9, 11))
open("images/rgb16_interlaced.png", "wb").write(png("rgb", 16, True, 9, 11))
# A gamma chunk, which must not change values.
open("images/grey8_gamma.png", "wb").write(png("grey", 8, extra=chunk(b"gAMA", struct.pack(">I", 100000))))
# A header that promises ten million million pixels.
huge = struct.pack(">IIBBBBB", 1000000, 1000000, 16, 6, 0, 0, 0)
open("images/huge.png", "wb").write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", huge) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b""))

rows, columns = np.mgrid[0:16, 0:24]
smooth = np.stack([128 + 100 * np.sin(rows / 5 + columns / 7 + c) for c in range(3)], -1).astype(np.uint8)
Image.fromarray(smooth).save("images/colour.jpg", quality=90)
Image.fromarray(smooth[..., 0]).save("images/grey.jpg", quality=90)
Image.fromarray(smooth).save("images/progressive.jpg", quality=90, progressive=True)
Image.fromarray(np.dstack([smooth, smooth[..., :1]]), "CMYK").save("images/cmyk.jpg")
numbers = {name: np.asarray(Image.open(f"images/{name}.jpg"), float).reshape(16, 24, -1).transpose(2, 0, 1) / 255
           for name in ["colour", "grey", "progressive"]}

random = np.random.default_rng(1)
truth = random.random((3, 19, 23))
image = truth + 0.2 * random.standard_normal(truth.shape)
numbers |= {
    "ssim_truth": truth, "ssim_image": image,
    "ssim_uniform": structural_similarity(truth[0], image[0], data_range=1.0),
    "ssim_uniform_colour": structural_similarity(truth, image, data_range=1.0, channel_axis=0),
    "ssim_uniform_peak": structural_similarity(truth[0], image[0], data_range=2.5),
    "ssim_gaussian": structural_similarity(
        truth[0], image[0], data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False),
}
small = Image.fromarray(truth[0].astype(np.float32), "F")
numbers["resized_down"] = np.asarray(small.resize((9, 8), Image.BILINEAR), float)
numbers["resized_up"] = np.asarray(small.resize((40, 33), Image.BILINEAR), float)
np.savez("images.npz", **{name: np.ascontiguousarray(value, float) for name, value in numbers.items()})
