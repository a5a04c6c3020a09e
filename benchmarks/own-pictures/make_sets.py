"""Makes ten picture sets of different nature as folders of files (train/CLASS/..., test/CLASS/...).

    python3 make_sets.py DATA OUT [SET ...]

DATA holds cifar-10-batches-bin/, cifar-100-binary/ (both unpacked) and tiny-imagenet-200/ (unpacked). Needs numpy, Pillow and the DejaVu
fonts. Every set is drawn with its own fixed seed, so that equal inputs give equal sets.
"""
import math
import os
import sys
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = "/usr/share/fonts/truetype/dejavu/"


def random_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


class Writer:
    """Writes pictures of classes; a fifth of every class, at least one, is the test part."""

    def __init__(self, out, name):
        self.folder = os.path.join(out, name)
        self.counts = {}

    def add(self, part, kind, image, extension="png"):
        folder = os.path.join(self.folder, part, kind)
        os.makedirs(folder, exist_ok=True)
        number = self.counts.get((part, kind), 0)
        self.counts[part, kind] = number + 1
        image.save(os.path.join(folder, f"{number:04}.{extension}"), quality=90)

    def add_all(self, kind, images, extension="png"):
        tested = max(1, len(images) // 5)
        for i, image in enumerate(images):
            self.add("test" if i < tested else "train", kind, image, extension)


# ---- sources

def cifar10(data, part):
    files = ["test_batch"] if part == "test" else [f"data_batch_{i}" for i in range(1, 6)]
    rows = np.concatenate([np.fromfile(f"{data}/cifar-10-batches-bin/{f}.bin", np.uint8).reshape(-1, 3073) for f in files])
    return rows[:, 0], rows[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


def cifar100(data, part):
    rows = np.fromfile(f"{data}/cifar-100-binary/{part}.bin", np.uint8).reshape(-1, 3074)
    return rows[:, 0], rows[:, 2:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)


CIFAR10 = "airplane automobile bird cat deer dog frog horse ship truck".split()


def tiny(data, part):
    """Files by class."""
    root = f"{data}/tiny-imagenet-200"
    if part == "train":
        return {c: sorted(f"{root}/train/{c}/images/{f}" for f in os.listdir(f"{root}/train/{c}/images"))
                for c in sorted(os.listdir(f"{root}/train"))}
    found = {}
    for line in open(f"{root}/val/val_annotations.txt"):
        file, kind = line.split("\t")[:2]
        if os.path.exists(f"{root}/val/images/{file}"):
            found.setdefault(kind, []).append(f"{root}/val/images/{file}")
    return found


# ---- sets

def tiny_whole(data, out):
    writer = Writer(out, "tiny-whole")
    train, test = tiny(data, "train"), tiny(data, "val")
    for kind in [c for c in train if len(train[c]) >= 500][::2]:
        for part, files in (("train", train[kind]), ("test", test[kind])):
            for file in files:
                writer.add(part, kind, Image.open(file), "jpg")


def tiny_rest(data, out):
    writer = Writer(out, "tiny-rest")
    train, test = tiny(data, "train"), tiny(data, "val")
    for kind in [c for c in train if len(train[c]) < 500]:
        for part, files in (("train", train[kind]), ("test", test[kind])):
            for file in files:
                writer.add(part, kind, Image.open(file), "jpg")


def cifar10_1000(data, out):
    writer = Writer(out, "cifar10-1000")
    for part, most in (("train", 80), ("test", 100)):
        labels, images = cifar10(data, part)
        for kind in range(10):
            for i in np.flatnonzero(labels == kind)[:most]:
                writer.add(part, CIFAR10[kind], Image.fromarray(images[i]))


def cifar100_superclasses(data, out):
    writer = Writer(out, "cifar100-superclasses")
    for part, most in (("train", 250), ("test", 100)):
        labels, images = cifar100(data, part)
        for kind in range(20):
            for i in np.flatnonzero(labels == kind)[:most]:
                writer.add(part, f"superclass-{kind:02}", Image.fromarray(images[i]))


def background(random, size):
    """Smooth coloured noise."""
    small = random.integers(0, 256, (random.integers(2, 7), random.integers(2, 7), 3), dtype=np.uint8)
    return Image.fromarray(small).resize((size, size), Image.BICUBIC)


def finished(image, random, side):
    """Rotates a little, changes light, blurs, scales to the side and adds noise."""
    image = image.rotate(float(random.normal(0, 6)), Image.BICUBIC, expand=False,
                         fillcolor=tuple(int(v) for v in random.integers(40, 200, 3)))
    image = image.filter(ImageFilter.GaussianBlur(float(abs(random.normal(0, 1.2)))))
    image = image.resize((side, side), Image.LANCZOS)
    pixels = np.asarray(image, np.float32)
    pixels = (pixels - 128) * random.uniform(0.45, 1.1) + 128 * random.uniform(0.55, 1.25) + random.normal(0, random.uniform(1, 12), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def characters(data, out):
    """Letters and digits, some of which are mirror images of one another, in 20 fonts."""
    writer, random = Writer(out, "characters"), random_of("characters")
    fonts = sorted(FONTS + f for f in os.listdir(FONTS))
    for kind in "bdpqnuszSZ2569EFLJ37":
        images = []
        for _ in range(50):
            image = background(random, 96)
            font = ImageFont.truetype(fonts[random.integers(len(fonts))], int(random.integers(44, 80)))
            box = ImageDraw.Draw(image).textbbox((0, 0), kind, font=font)
            at = [(96 - (box[i + 2] - box[i])) / 2 - box[i] + random.normal(0, 5) for i in (0, 1)]
            dark = random.random() < 0.5
            colour = tuple(int(v) for v in (random.integers(0, 90, 3) if dark else random.integers(165, 256, 3)))
            ImageDraw.Draw(image).text(at, kind, font=font, fill=colour)
            images.append(finished(image, random, int(random.integers(24, 64))))
        writer.add_all(("upper-" if kind.isupper() else "") + kind, images)


def arrow(draw, angle, colour, width):
    """An arrow through the middle of 128 pixels."""
    c, s = math.cos(angle), math.sin(angle)
    point = lambda a, b: (64 + a * c - b * s, 64 + a * s + b * c)
    draw.line([point(-30, 0), point(14, 0)], fill=colour, width=width)
    draw.polygon([point(34, 0), point(8, -18), point(8, 18)], fill=colour)


def signs(data, out):
    """Sixteen round, square and triangular signs, eight of them with a direction, 25 to 140 pixels."""
    writer, random = Writer(out, "signs"), random_of("signs")
    font = ImageFont.truetype(FONTS + "DejaVuSans-Bold.ttf", 46)
    blue, red, white, black, yellow = (20, 60, 170), (190, 25, 30), (245, 245, 245), (15, 15, 15), (235, 190, 20)

    def sign(kind):
        image = background(random, 128)
        draw = ImageDraw.Draw(image)
        if kind.startswith("limit"):
            draw.ellipse((8, 8, 120, 120), fill=red)
            draw.ellipse((22, 22, 106, 106), fill=white)
            text = kind.split("-")[1]
            draw.text((64 - draw.textlength(text, font=font) / 2, 36), text, font=font, fill=black)
        elif kind.startswith("turn") or kind.startswith("keep"):
            draw.ellipse((8, 8, 120, 120), fill=blue)
            slope = 0 if kind.startswith("turn") else 0.7
            arrow(draw, slope if kind.endswith("right") else math.pi - slope, white, 14)
        elif kind.startswith("curve"):
            draw.polygon([(64, 6), (124, 116), (4, 116)], fill=red)
            draw.polygon([(64, 30), (104, 106), (24, 106)], fill=white)
            flip = 1 if kind.endswith("right") else -1
            draw.line([(64 - flip * 12, 100), (64 - flip * 12, 76), (64 + flip * 8, 62), (64 + flip * 8, 50)], fill=black, width=9)
        elif kind.startswith("lane"):
            draw.rectangle((10, 10, 118, 118), fill=blue)
            flip = 1 if kind.endswith("right") else -1
            draw.line([(64 - flip * 22, 108), (64 - flip * 22, 40)], fill=white, width=12)
            draw.line([(64 + flip * 22, 108), (64 + flip * 22, 84), (64 - flip * 14, 58)], fill=white, width=8)
        elif kind == "stop":
            draw.regular_polygon((64, 64, 56), 8, rotation=22, fill=red)
            draw.text((64 - draw.textlength("STOP", font=font) / 2 * 0.72, 46), "STOP",
                      font=ImageFont.truetype(FONTS + "DejaVuSans-Bold.ttf", 33), fill=white)
        elif kind == "priority":
            draw.regular_polygon((64, 64, 56), 4, rotation=45, fill=white)
            draw.regular_polygon((64, 64, 42), 4, rotation=45, fill=yellow)
        elif kind == "yield":
            draw.polygon([(64, 122), (124, 12), (4, 12)], fill=red)
            draw.polygon([(64, 96), (102, 24), (26, 24)], fill=white)
        elif kind == "no-entry":
            draw.ellipse((8, 8, 120, 120), fill=red)
            draw.rectangle((26, 54, 102, 74), fill=white)
        return finished(image, random, int(random.integers(25, 141)))

    kinds = ["limit-30", "limit-50", "limit-80", "limit-60", "turn-left", "turn-right", "keep-left", "keep-right", "curve-left",
             "curve-right", "lane-left", "lane-right", "stop", "priority", "yield", "no-entry"]
    for kind in kinds:
        writer.add_all(kind, [sign(kind) for _ in range(102)])


def texture(data, out):
    """Fine patterns of 160 pixels that differ in frequency, direction or statistics; smooth light hides their mean."""
    writer, random = Writer(out, "texture"), random_of("texture")
    side = 160
    y, x = np.mgrid[:side, :side]

    def pattern(kind):
        turn, phase = random.uniform(-0.12, 0.12), random.uniform(0, 6.28)
        wave = lambda angle, period: np.sin(6.2832 * (x * math.cos(angle + turn) + y * math.sin(angle + turn)) / period + phase)
        noise = random.normal(0, 1, (side, side))
        grains = Image.fromarray(np.clip(noise * 40 + 128, 0, 255).astype(np.uint8))
        soft = lambda sigma: (np.asarray(grains.filter(ImageFilter.GaussianBlur(sigma)), np.float32) - 128) / 40 * 2 * sigma
        return {
            "stripes-5": lambda: wave(0.8, 5), "stripes-7": lambda: wave(0.8, 7), "stripes-9": lambda: wave(0.8, 9.5),
            "stripes-across": lambda: wave(2.4, 7), "checks": lambda: wave(0.0, 8) * wave(1.5708, 8) * 1.4,
            "grain": lambda: noise * 0.7, "cloth": lambda: wave(0.0, 6) + wave(1.5708, 6), "felt": lambda: soft(1.5) * 0.8,
            "brushed": lambda: np.repeat(random.normal(0, 1, (side, 1)), side, 1) * 0.8, "dots": lambda: (wave(0.5, 10) * wave(2.07, 10) > 0.5) * 2.0,
        }[kind]()

    for kind in ["stripes-5", "stripes-7", "stripes-9", "stripes-across", "checks", "grain", "cloth", "felt", "brushed", "dots"]:
        images = []
        for _ in range(60):
            light = np.asarray(background(random, side), np.float32)
            pixels = light * 0.6 + 50 + 26 * random.uniform(0.5, 1.2) * pattern(kind)[..., None] + random.normal(0, 9, (side, side, 3))
            images.append(Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)))
        writer.add_all(kind, images, "jpg")


def uneven(data, out):
    """Eight classes of CIFAR-10 with 500 to 10 training pictures (1:50); the test part is even."""
    writer = Writer(out, "uneven")
    for part in ("train", "test"):
        labels, images = cifar10(data, part)
        for kind in range(8):
            most = round(500 * 50 ** (-kind / 7)) if part == "train" else 60
            for i in np.flatnonzero(labels == kind)[:most]:
                writer.add(part, CIFAR10[kind], Image.fromarray(images[i]))


def grey(data, out):
    """Ten classes of CIFAR-100's superclasses as grey files."""
    writer = Writer(out, "grey")
    for part, most in (("train", 200), ("test", 60)):
        labels, images = cifar100(data, part)
        for kind in range(0, 20, 2):
            for i in np.flatnonzero(labels == kind)[-most:]:
                writer.add(part, f"superclass-{kind:02}", Image.fromarray(images[i]).convert("L"))


def large(data, out):
    """300 pictures of 500 pixels: an object of Tiny ImageNet, enlarged, somewhere on a smooth ground; six classes of 50."""
    writer, random = Writer(out, "large"), random_of("large")
    train = tiny(data, "train")
    for kind in ["n01774750", "n02165456", "n03970156", "n07749582", "n09193705", "n04146614"]:
        images = []
        for file in train[kind][200:250]:
            image = background(random, 500)
            side = int(random.integers(280, 460))
            part = Image.open(file).convert("RGB").resize((side, side), Image.LANCZOS)
            mask = Image.new("L", (side, side), 0)
            ImageDraw.Draw(mask).rectangle((12, 12, side - 12, side - 12), fill=255)
            image.paste(part, tuple(int(v) for v in random.integers(0, 500 - side, 2)), mask.filter(ImageFilter.GaussianBlur(6)))
            images.append(image)
        writer.add_all(kind, images, "jpg")


def two_of_thirty(data, out):
    """Two classes of 30 pictures of Tiny ImageNet: 24 to train, and 50 others a class to test."""
    writer = Writer(out, "two-of-thirty")
    train, test = tiny(data, "train"), tiny(data, "val")
    for kind in ["n01774750", "n07749582"]:
        for file in train[kind][:30]:
            writer.add("train", kind, Image.open(file).convert("RGB"), "jpg")
        for file in test[kind]:
            writer.add("test", kind, Image.open(file).convert("RGB"), "jpg")


SETS = [signs, characters, texture, uneven, cifar10_1000, tiny_rest, tiny_whole, cifar100_superclasses, grey, large, two_of_thirty]

if __name__ == "__main__":
    data, out, *names = sys.argv[1:]
    for make in SETS:
        if not names or make.__name__.replace("_", "-") in names:
            make(data, out)
            print(make.__name__.replace("_", "-"), flush=True)
