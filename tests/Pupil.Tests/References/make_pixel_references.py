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
        # Enough pixels for equalize to do something: it steps by 255.
        keep_image(f"large-{channels}", hills(26, 31, channels, channels))


def make_resampling():
    for name in ("noise-1", "noise-3", "hills-1", "hills-3"):
        image = picture(name)
        width, height = image.size
        for size in ((width, height), (5, 4), (8, 8), (1, 1), (23, 17), (3, 30), (width, 5), (5, height)):
            keep(name, "resize", [0, 0, width, height, size[1], size[0]], image.resize(size, Image.BILINEAR))
        for box in ((1, 2, 7, 9), (0.5, 0.25, 8.75, 8.5), (3.2, 4.1, 4.3, 5.9), (0, 0, width, 1), (2, 3, 3, 4)):
            for size in ((8, 8), (3, 2)):
                keep(name, "resize", [*box, size[1], size[0]], image.resize(size, Image.BILINEAR, box=box))


def shifted_hue(image, turns):
    """torchvision's adjust_hue for Pillow's images."""
    if image.mode == "L":
        return image
    hue, saturation, value = image.convert("HSV").split()
    turned = (np.array(hue).astype(int) + int(turns * 255)) % 256
    return Image.merge("HSV", (Image.fromarray(turned.astype(np.uint8)), saturation, value)).convert("RGB")


def inverse_affine(center, translate, shear):
    """torchvision's _get_inverse_affine_matrix for angle 0 and scale 1; shear in degrees."""
    sx, sy = (math.radians(degrees) for degrees in shear)
    (cx, cy), (tx, ty) = center, translate
    a, b = math.cos(-sy) / math.cos(sy), -math.cos(-sy) * math.tan(sx) / math.cos(sy)
    c, d = math.sin(-sy) / math.cos(sy), -math.sin(-sy) * math.tan(sx) / math.cos(sy) + 1
    matrix = [d, -b, 0.0, -c, a, 0.0]
    matrix[2] = matrix[0] * (-cx - tx) + matrix[1] * (-cy - ty) + cx
    matrix[5] = matrix[3] * (-cx - tx) + matrix[4] * (-cy - ty) + cy
    return matrix


def moved(image, center, translate=(0, 0), shear=(0.0, 0.0)):
    return image.transform(image.size, Image.AFFINE, inverse_affine(center, translate, shear), Image.NEAREST)


def degrees(shift):
    return math.degrees(math.atan(shift))


def make_enhancements():
    kinds = {"brightness": ImageEnhance.Brightness, "color": ImageEnhance.Color, "contrast": ImageEnhance.Contrast,
             "sharpness": ImageEnhance.Sharpness}
    for name in ("noise-1", "noise-3", "hills-1", "hills-3", "flat-1", "flat-3"):
        image = picture(name)
        for operation, enhancement in kinds.items():
            for factor in (0, 0.01, 0.37, 0.73, 1, 1.27, 1.99, 5.5):
                keep(name, operation, [factor], enhancement(image).enhance(factor))
        for turns in (-0.5, -0.23, -0.001, 0, 0.07, 0.3, 0.5):
            keep(name, "hue", [turns], shifted_hue(image, turns))


def make_curves():
    for name in ("noise-1", "noise-3"):
        image = picture(name)
        for bits in range(2, 9):
            keep(name, "posterize", [bits], ImageOps.posterize(image, bits))
        for threshold in (0, 8.5, 76.5, 110, 255):
            keep(name, "solarize", [threshold], ImageOps.solarize(image, threshold))
    for name in ("noise-1", "noise-3", "hills-1", "hills-3", "flat-1", "flat-3", "large-1", "large-3"):
        image = picture(name)
        keep(name, "auto-contrast", [], ImageOps.autocontrast(image))
        keep(name, "equalize", [], ImageOps.equalize(image))


def make_movements():
    for name in ("noise-1", "noise-3", "square-1", "square-3"):
        image = picture(name)
        middle = (image.width * 0.5, image.height * 0.5)
        for shift in (-0.99, -0.3, -0.09, 0, 0.066, 0.21, 0.99):
            keep(name, "shear-x", [shift], moved(image, (0, 0), shear=(degrees(shift), 0.0)))
            keep(name, "shear-y", [shift], moved(image, (0, 0), shear=(0.0, degrees(shift))))
        for pixels in (-32, -4, -1, 0, 2, 7):
            keep(name, "translate-x", [pixels], moved(image, middle, (pixels, 0)))
            keep(name, "translate-y", [pixels], moved(image, middle, (0, pixels)))
        for angle in (-135, -90, -30, -9, 0, 4.5, 22.5, 45, 90, 121.5):
            keep(name, "rotate", [angle], image.rotate(angle, Image.NEAREST))


def main():
    make_images()
    make_resampling()
    make_enhancements()
    make_curves()
    make_movements()
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
