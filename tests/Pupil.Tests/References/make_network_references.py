"""Makes network-references.json: what PyTorch computes for the families of networks that make_references.py does not know, and what all
networks show before the last ReLU of a stage.

    python3 tests/Pupil.Tests/References/make_network_references.py            # rewrites network-references.json beside this file
    python3 tests/Pupil.Tests/References/make_network_references.py --check    # compares with network-references.json, writes nothing

Weights, names and the file's form are those of make_references.py; the images of a family are a scattered wave with t = height + width.
Modules have the names that Pupil's files give them.
"""
import contextlib
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

sys.dont_write_bytecode = True
import make_references as base  # noqa: E402

# Height, width and number of images.
CASES = {
    "resnet-8x4": (9, 8, 3), "resnet-14x2": (16, 16, 3), "vgg-8": (64, 64, 1), "vgg-13": (11, 8, 3), "mobilenet-v2-0.5": (9, 16, 3),
    "shufflenet-v2-0.5": (9, 16, 3), "imagenet-resnet-50": (70, 64, 1),
}
COSTS = {
    "resnet-8x4": 32, "resnet-32x4": 32, "resnet-20x1": 32, "vgg-8": 32, "vgg-11": 64,
    "mobilenet-v2-0.5": 32, "mobilenet-v2-1.4": 32, "shufflenet-v2-0.5": 32, "shufflenet-v2-1": 32, "shufflenet-v2-1.5": 32,
    "shufflenet-v2-2": 32, "imagenet-resnet-18": 64, "imagenet-resnet-34": 64, "imagenet-resnet-50": 64,
}


class Unit(nn.Module):
    def __init__(self, inputs, outputs, size, stride=1, groups=1, bias=False, linear=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, size, stride, size // 2, groups=groups, bias=bias)
        self.norm = nn.BatchNorm2d(outputs)
        self.linear = linear

    def forward(self, x):
        self.before = self.norm(self.conv(x))
        return self.before if self.linear else F.relu(self.before)


def depthwise(channels, stride, linear=False):
    return Unit(channels, channels, 3, stride, groups=channels, linear=linear)


class Residual(nn.Module):
    """Convolutions are given as (inputs, outputs, size, stride); a shortcut that changes sizes is 1x1 and batch-norm."""

    def __init__(self, *convolutions):
        super().__init__()
        self.count, strides = len(convolutions), 1
        for k, (inputs, outputs, size, stride) in enumerate(convolutions, 1):
            self.add_module(f"conv{k}", nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False))
            self.add_module(f"norm{k}", nn.BatchNorm2d(outputs))
            strides *= stride
        first, last = convolutions[0][0], convolutions[-1][1]
        self.shortcut = None
        if first != last or strides != 1:
            self.shortcut = nn.Conv2d(first, last, 1, strides, bias=False)
            self.shortcutNorm = nn.BatchNorm2d(last)

    def forward(self, x):
        inner = x
        for k in range(1, self.count + 1):
            inner = getattr(self, f"norm{k}")(getattr(self, f"conv{k}")(inner))
            inner = F.relu(inner) if k < self.count else inner
        self.before = inner + (x if self.shortcut is None else self.shortcutNorm(self.shortcut(x)))
        return F.relu(self.before)


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        self.expansion = Unit(inputs, wide, 1)
        self.depthwise = depthwise(wide, stride)
        self.projection = Unit(wide, outputs, 1, linear=True)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.projection(self.depthwise(self.expansion(x)))
        self.before = x + y if self.adds else y
        return self.before


def shuffled(x):
    """The first half of the channels and the second in turn."""
    return x.reshape(x.shape[0], 2, -1, *x.shape[2:]).transpose(1, 2).reshape(x.shape)


class Keeping(nn.Module):
    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.first, self.depthwise, self.last = Unit(half, half, 1), depthwise(half, 1, linear=True), Unit(half, half, 1)

    def forward(self, x):
        passed, taken = x.chunk(2, 1)
        y = self.last(self.depthwise(self.first(taken)))
        self.before = torch.cat([passed, self.last.before], 1)
        return shuffled(torch.cat([passed, y], 1))


class Halving(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        half = outputs // 2
        self.sideDepthwise, self.sideLast = depthwise(inputs, 2, linear=True), Unit(inputs, half, 1)
        self.first, self.depthwise, self.last = Unit(inputs, half, 1), depthwise(half, 2, linear=True), Unit(half, half, 1)

    def forward(self, x):
        return shuffled(torch.cat([self.sideLast(self.sideDepthwise(x)), self.last(self.depthwise(self.first(x)))], 1))


class Staged(nn.Module):
    def __init__(self, stem, stages, width, entry=(), exits=(), classes=10):
        super().__init__()
        self.stem, self.norm, self.names = stem, nn.BatchNorm2d(stem.out_channels), []
        self.entry, self.exit = nn.Sequential(*entry), nn.Sequential(*exits)
        for k, blocks in enumerate(stages, 1):
            self.names.append(f"stage{k}")
            self.add_module(self.names[-1], nn.Sequential(*blocks))
        self.classifier = nn.Linear(width, classes)

    def forward(self, images):
        x = self.entry(F.relu(self.norm(self.stem(images))))
        self.maps, self.befores = [], []
        for name in self.names:
            stage = getattr(self, name)
            x = stage(x)
            self.maps.append(x)
            self.befores.append(stage[-1].before)
        self.embedding = self.exit(x).mean((2, 3))
        return self.classifier(self.embedding)


def repeated(count, inputs, outputs, make):
    return [make(inputs if k == 0 else outputs, k == 0) for k in range(count)]


def basic(count, inputs, outputs, stride):
    return repeated(count, inputs, outputs, lambda i, first: Residual((i, outputs, 3, stride if first else 1), (outputs, outputs, 3, 1)))


def bottlenecks(count, inputs, width, stride):
    return repeated(count, inputs, 4 * width, lambda i, first: Residual(
        (i, width, 1, 1), (width, width, 3, stride if first else 1), (width, 4 * width, 1, 1)))


def make_resnet(depth, width):
    count, stem = (depth - 2) // 6, max(16, 8 * width)
    stages = [basic(count, i * width if i != 8 else stem, o * width, stride) for i, o, stride in ((8, 16, 1), (16, 32, 2), (32, 64, 2))]
    return Staged(nn.Conv2d(3, stem, 3, 1, 1, bias=False), stages, 64 * width)


def make_imagenet_resnet(depth):
    blocks = basic if depth < 50 else bottlenecks
    counts, factor = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3)}[depth], 1 if depth < 50 else 4
    stages = [blocks(counts[0], 64, 64, 1)]
    stages += [blocks(counts[k], factor * (32 << k), 64 << k, 2) for k in (1, 2, 3)]
    return Staged(nn.Conv2d(3, 64, 7, 2, 3, bias=False), stages, 512 * factor, [nn.MaxPool2d(3, 2, 1)])


def make_vgg(depth, height):
    counts = {8: (1, 1, 1, 1, 1), 11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}[depth]
    widths = (64, 128, 256, 512, 512)
    units = [repeated(counts[k], widths[max(0, k - 1)], widths[k], lambda i, _: Unit(i, widths[k], 3, bias=True)) for k in range(5)]
    stages = [([nn.MaxPool2d(2)] if k < 4 or height >= 64 else []) + units[k] for k in range(1, 5)]
    return Staged(nn.Conv2d(3, 64, 3, 1, 1), stages, 512, units[0][1:])


def make_mobilenet(width):
    def wide(channels):
        return math.floor(channels * width + 1e-9)

    def group(count, inputs, outputs, stride, expansion=6):
        return repeated(count, wide(inputs), wide(outputs), lambda i, first: Inverted(i, wide(outputs), stride if first else 1, expansion))

    stages = [group(1, 32, 16, 1, 1) + group(2, 16, 24, 1), group(3, 24, 32, 2), group(4, 32, 64, 2) + group(3, 64, 96, 1),
              group(3, 96, 160, 2) + group(1, 160, 320, 1)]
    last = max(1280, wide(1280))
    return Staged(nn.Conv2d(3, wide(32), 3, 2, 1, bias=False), stages, last, exits=[Unit(wide(320), last, 1)])


def make_shufflenet(width):
    channels = {0.5: (48, 96, 192, 1024), 1: (116, 232, 464, 1024), 1.5: (176, 352, 704, 1024), 2: (244, 488, 976, 2048)}[width]
    inputs = (24, *channels)
    stages = [[Halving(inputs[k], channels[k])] + [Keeping(channels[k]) for _ in range(count)] for k, count in enumerate((3, 7, 3))]
    return Staged(nn.Conv2d(3, 24, 1, bias=False), stages, channels[3], exits=[Unit(channels[2], channels[3], 1)])


def make_network(name, height=32):
    family, size = name.rsplit("-", 1)
    if family == "resnet":
        return make_resnet(*map(int, size.split("x")))
    makers = {"imagenet-resnet": lambda: make_imagenet_resnet(int(size)), "vgg": lambda: make_vgg(int(size), height),
              "mobilenet-v2": lambda: make_mobilenet(float(size)), "shufflenet-v2": lambda: make_shufflenet(float(size))}
    return makers[family]()


def keep_network(name, height, width, count):
    images = base.wave((count, 3, height, width), height + width, scattered=True)
    network, names = base.fill(make_network(name, height))
    base.WORDS[f"families/{name}/tensors"] = names
    for mode in ("evaluation", "training"):
        network.train(mode == "training")
        logits = network(images)
        group = f"families/{name}/{mode}"
        base.keep(f"{group}/logits", logits)
        base.keep_map(f"{group}/embedding", network.embedding)
        for k, (x, before) in enumerate(zip(network.maps, network.befores), 1):
            base.keep_map(f"{group}/stage{k}", x)
            base.keep_map(f"{group}/stage{k}.pre-activation", before)
    loss = base.cross_entropy(logits, torch.arange(count))
    # The pre-activations take part: a sum that is not the same for every normalised batch.
    loss = loss + sum((before ** 3).mean() for before in network.befores)
    loss.backward()
    base.WORDS[f"families/{name}/parameters"], norms = base.gradient_norms(network)
    base.keep(f"{group}/loss", loss)
    base.keep(f"{group}/gradient-norms", norms)
    state = network.state_dict()
    base.keep(f"{group}/state-norms", [state[tensor].norm() for tensor in names])


@contextlib.contextmanager
def inputs_of_relu():
    original, seen = F.relu, []

    def relu(x):
        seen.append(x)
        return original(x)
    F.relu = relu
    try:
        yield seen
    finally:
        F.relu = original


def keep_pre_activations(name, blocks):
    """For the networks of make_references.py, whose images and weights are there. All have two ReLUs a block; with `blocks` blocks a
    stage, the one that a stage's map goes into (wide: after the next norm) or comes out of (plain: the stem's is number 0) is number
    2 * blocks * stage."""
    for size in (16, 8):
        images = base.mixed((3, 3, size, size), 40 + size)
        for mode in ("evaluation", "training"):
            network, _ = base.fill(base.make_network(name))
            with inputs_of_relu() as seen, torch.no_grad():
                network.train(mode == "training")(images)
            for k in (1, 2, 3):
                base.keep_map(f"networks/{name}/{size}/{mode}/stage{k}.pre-activation", seen[2 * blocks * k])


def main():
    with torch.no_grad():
        for name, blocks in (("wrn-16-1", 2), ("wrn-10-2", 1), ("resnet-8", 1), ("resnet-20", 3)):
            keep_pre_activations(name, blocks)
    for name, (height, width, count) in CASES.items():
        keep_network(name, height, width, count)
    for name, size in COSTS.items():
        base.keep_cost(name, make_network(name, size), size)
    base.save(pathlib.Path(__file__))


if __name__ == "__main__":
    main()
