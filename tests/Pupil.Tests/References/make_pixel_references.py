"""Makes pixel-references.json: what Pillow makes of small images, for the tests of everything that changes pixels.

    /usr/bin/python3 tests/Pupil.Tests/References/make_pixel_references.py            # rewrites the file beside this one
    /usr/bin/python3 tests/Pupil.Tests/References/make_pixel_references.py --check    # compares with it, writes nothing

Needs Pillow and numpy (Debian 12: `apt-get install python3-pil python3-numpy`; written with Pillow 9.4). No pictures: the images are formulas.
The file holds {"about", "images": {name: {"height", "width", "channels", "bytes"}}, "cases": [{"image", "operation", "arguments",
"height", "width", "bytes"}]}; bytes are hexadecimal, in the order row, column, channel.
"""
import json
import math
import pathlib
import sys

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageOps

IMAGES, CASES = {}, []


def noise(height, width, channels, t):
    """Every byte of 0...255, without a pattern."""
    state, values = 12345 + t, []
    for _ in range(height * width * channels):
        state = (state * 1103515245 + 12345) % 2 ** 31
        values.append(state >> 16 & 255)
    return np.array(values, np.uint8).reshape(height, width, channels)


def hills(height, width, channels, t):
    """Smooth, of few and middling values, so that stretching the contrast has something to do."""
    rows, columns, channel = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    wave = np.sin(0.41 * rows + 0.3 * channel + t) + np.cos(0.27 * columns - 0.5 * channel)
    return (120 + 40 * wave + 5 * channel).astype(np.uint8)


def flat(height, width, channels, t):
    return np.full((height, width, channels), t, np.uint8)


def picture(name):
    entry = IMAGES[name]
    pixels = np.frombuffer(bytes.fromhex(entry["bytes"]), np.uint8).reshape(entry["height"], entry["width"], entry["channels"])
    return Image.fromarray(pixels[:, :, 0] if entry["channels"] == 1 else pixels)


def keep_image(name, pixels):
    height, width, channels = pixels.shape
    IMAGES[name] = {"height": height, "width": width, "channels": channels, "bytes": pixels.tobytes().hex()}


def keep(image, operation, arguments, result):
    CASES.append({"image": image, "operation": operation, "arguments": arguments, "height": result.height, "width": result.width,
                  "bytes": np.asarray(result).tobytes().hex()})


def make_images():
    for channels in (1, 3):
        keep_image(f"noise-{channels}", noise(9, 11, channels, channels))
        keep_image(f"hills-{channels}", hills(12, 10, channels, channels))
        keep_image(f"square-{channels}", noise(10, 10, channels, 7 + channels))
        keep_image(f"flat-{channels}", flat(4, 5, channels, 77))


def make_resampling():
    for name in ("noise-1", "noise-3", "hills-1", "hills-3"):
        image = picture(name)
        width, height = image.size
        for size in ((width, height), (5, 4), (8, 8), (1, 1), (23, 17), (3, 30), (width, 5), (5, height)):
            keep(name, "resize", [0, 0, width, height, size[1], size[0]], image.resize(size, Image.BILINEAR))
        for box in ((1, 2, 7, 9), (0.5, 0.25, 8.75, 8.5), (3.2, 4.1, 4.3, 5.9), (0, 0, width, 1), (2, 3, 3, 4)):
            for size in ((8, 8), (3, 2)):
                keep(name, "resize", [*box, size[1], size[0]], image.resize(size, Image.BILINEAR, box=box))


def main():
    make_images()
    make_resampling()
    file = pathlib.Path(__file__).with_name("pixel-references.json")
    lines = [f'{{"about": "Made by make_pixel_references.py with Pillow {PIL.__version__}. Do not edit.",', '"images": {']
    lines.append(",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in IMAGES.items()))
    lines += ["},", '"cases": [', ",\n".join(json.dumps(case) for case in CASES), "]}"]
    text = "\n".join(lines) + "\n"
    if "--check" not in sys.argv:
        file.write_text(text)
    elif text != file.read_text():
        sys.exit(f"{file.name} differs from what this Pillow makes.")
    print(f"{len(CASES)} cases, {len(text)} characters")


if __name__ == "__main__":
    main()
