"""Writes pictures.json: tiny pictures of every kind that is read, and Pillow's results on them.

    python3 make_pictures.py        (Pillow 9.4.0, NumPy 1.24)

files: base64. kinds: each file's height and width (upright), pixels (base64 of height × width × 3 bytes: upright, over white, RGB)
and most, the largest allowed difference from these. sizes: the same for squares, with the file they are made of, fit and channels.
"""
import base64
import io
import json
import os
import struct
import zlib

import numpy
from PIL import Image, ImageOps, features

WIDTH, HEIGHT = 13, 9


def scene(width=WIDTH, height=HEIGHT):
    """A smooth picture that looks different from every side."""
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    x, y = x / (width - 1), y / (height - 1)
    red, green, blue = 255 * x, 255 * (0.2 + 0.6 * y * x), 255 * (1 - y) * (1 - 0.5 * x)
    return Image.fromarray(numpy.stack([red, green, blue], axis=2).round().astype(numpy.uint8), "RGB")


def noise(width, height, channels=3, seed=5):
    values = numpy.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=numpy.uint8)
    return Image.fromarray(values[:, :, 0] if channels == 1 else values)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png(bits, colour, rows):
    """A PNG of a kind that Pillow does not write."""
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    height, width = rows.shape[:2]
    samples = rows.astype(">u2" if bits == 16 else "u1").reshape(height, -1)
    data = b"".join(b"\0" + row.tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def plain(file):
    """As Pillow sees it: upright, over white, RGB."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file)))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255)), image)
    return image.convert("RGB")


def text(data):
    return base64.b64encode(data).decode()


def entry(image, most, **more):
    return {"height": image.height, "width": image.width, "most": most, **more, "pixels": text(image.tobytes())}


def exif(orientation):
    made = Image.Exif()
    made[0x0112] = orientation
    return made.tobytes()


def fitted(image, fit, size):
    width, height = image.size
    if fit == "Stretch":
        return image.resize((size, size), Image.BILINEAR)
    if fit == "Crop":
        side = min(width, height)
        left, top = (width - side) / 2, (height - side) / 2
        return image.resize((size, size), Image.BILINEAR, box=(left, top, left + side, top + side))
    scale = size / max(width, height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = Image.new(image.mode, (size, size))
    square.paste(image.resize(inner, Image.BILINEAR), ((size - inner[0]) // 2, (size - inner[1]) // 2))
    return square


def kinds():
    rgb, fine = scene(), {"quality": 95, "subsampling": 0}
    alpha = rgb.copy()
    alpha.putalpha(Image.fromarray(numpy.tile(numpy.linspace(0, 255, WIDTH).round().astype(numpy.uint8), (HEIGHT, 1))))
    files = {
        "jpeg": (saved(rgb, "JPEG", **fine), 1),
        "jpeg, halved colour": (saved(rgb, "JPEG", quality=90, subsampling=2), 2),
        "jpeg, progressive": (saved(rgb, "JPEG", progressive=True, **fine), 1),
        "jpeg, grey": (saved(rgb.convert("L"), "JPEG", quality=95), 1),
        "jpeg, cmyk": (saved(rgb.convert("CMYK"), "JPEG", **fine), 3),
        "png": (saved(rgb, "PNG"), 0),
        "png, grey": (saved(rgb.convert("L"), "PNG"), 0),
        "png, grey and alpha": (saved(alpha.convert("LA"), "PNG"), 1),
        "png, alpha": (saved(alpha, "PNG"), 1),
        "png, palette": (saved(rgb.quantize(16), "PNG"), 0),
        "png, palette with a transparent colour": (saved(rgb.quantize(16), "PNG", transparency=3), 0),
        "png, one bit": (saved(rgb.convert("1"), "PNG"), 0),
        "webp, lossless": (saved(rgb, "WEBP", lossless=True), 0),
        "webp, lossless with alpha": (saved(alpha, "WEBP", lossless=True, exact=True), 1),
        "webp, lossy": (saved(rgb, "WEBP", quality=90), 2),
        "webp, orientation 6": (saved(rgb, "WEBP", lossless=True, exif=exif(6)), 0),
        "webp, animated": (saved(rgb, "WEBP", lossless=True, save_all=True, append_images=[scene().rotate(180)]), 0),
        "bmp": (saved(rgb, "BMP"), 0),
        "bmp, grey": (saved(rgb.convert("L"), "BMP"), 0),
        "bmp, palette": (saved(rgb.quantize(16), "BMP"), 0),
        "gif": (saved(rgb.quantize(16), "GIF"), 0),
        "gif, transparent": (saved(rgb.quantize(16), "GIF", transparency=3), 0),
        "gif, animated": (saved(rgb.quantize(16), "GIF", save_all=True, append_images=[scene().rotate(180).quantize(16)]), 0),
    }
    for orientation in range(1, 9):
        files[f"jpeg, orientation {orientation}"] = (saved(rgb, "JPEG", exif=exif(orientation), **fine), 1)
    entries = {name: entry(plain(file), most) for name, (file, most) in files.items()}
    files = {name: file for name, (file, _) in files.items()}
    # Of 16 bits the upper eight count; Pillow's own conversion of 16-bit grey would cut off instead.
    grey = rgb.convert("L")
    files["png, 16 bits"] = png(16, 2, numpy.asarray(rgb).astype(numpy.uint16) * 257 ^ 0x55)
    entries["png, 16 bits"] = entry(rgb, 0)
    files["png, 16 bits grey"] = png(16, 0, numpy.asarray(grey).astype(numpy.uint16) * 257 ^ 0x55)
    entries["png, 16 bits grey"] = entry(grey.convert("RGB"), 0)
    return files, entries


def sizes():
    pictures = {
        "wide": (saved(noise(21, 14), "PNG"), 12, 0),
        "high": (saved(noise(9, 27), "PNG"), 10, 0),
        "small": (saved(noise(5, 3), "PNG"), 16, 0),
        "turned": (saved(noise(20, 15, seed=6), "WEBP", lossless=True, exif=exif(8)), 9, 0),
        "big jpeg": (saved(scene(160, 120), "JPEG", quality=75), 12, 2),
        "big webp": (saved(noise(40, 30, channels=1), "WEBP", lossless=True), 9, 0),
    }
    entries = {}
    for name, (file, size, most) in pictures.items():
        image = plain(file)
        for fit in ("Crop", "Stretch", "Pad"):
            square = fitted(image, fit, size)
            entries[f"{name}, {fit}"] = entry(square, most, file=name, fit=fit, channels=3)
        if name == "wide":
            entries[f"{name}, grey"] = entry(fitted(image.convert("L"), "Crop", size), most, file=name, fit="Crop", channels=1)
    return {name: file for name, (file, _, _) in pictures.items()}, entries


if __name__ == "__main__":
    assert features.check("webp_mux")
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures.json")
    (files, plains), (more, squares) = kinds(), sizes()
    with open(target, "w", encoding="utf-8") as file:
        json.dump({"files": {name: text(data) for name, data in (files | more).items()}, "kinds": plains, "sizes": squares}, file, indent=1)
        file.write("\n")
