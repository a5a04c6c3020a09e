"""Writes small image networks as PyTorch's own exporter writes them, with what PyTorch says of two images, for the tests of ONNX experts.

    python3 make_onnx_files.py        # Debian's python3-torch 1.13; writes onnx/
"""
import os

import numpy
import torch
from torch import nn

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx")


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = nn.Sequential() if channels == channels_in else nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        out = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(out)) + self.downsample(x))


class Residual(nn.Module):
    """Three stages of one block, 8, 12 and 16 channels at full, half and quarter resolution."""

    def __init__(self, classes, channels=3):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.layer1, self.layer2, self.layer3 = Block(8, 8, 1), Block(8, 12, 2), Block(12, 16, 2)
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        first = self.layer1(self.stem(x))
        second = self.layer2(first)
        third = self.layer3(second)
        embedding = third.mean((2, 3))
        return first, second, third, embedding, self.fc(embedding)


class Only(nn.Module):
    """A network's last answer, changed."""

    def __init__(self, network, change=lambda x: x):
        super().__init__()
        self.network, self.change = network, change

    def forward(self, x):
        return self.change(self.network(x)[-1])


class ChannelsLast(nn.Module):
    """Takes N×H×W×C bytes from 0 to 255, as float, and gives probabilities."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x.permute(0, 3, 1, 2) / 255)[-1].softmax(1)


def filled(network):
    torch.manual_seed(7)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.2)
    return network.eval()


def write(network, name, images, opset, **options):
    # The exporter leaves a module in the mode that it found it in, with all that is in it.
    torch.onnx.export(network.eval(), images, os.path.join(FOLDER, f"{name}.onnx"), opset_version=opset, input_names=["pixels"], **options)


def save(name, tensors):
    numpy.savetxt(os.path.join(FOLDER, f"{name}.txt"), torch.cat([part.flatten() for part in tensors]).numpy(), fmt="%.7g")


with torch.no_grad():
    os.makedirs(FOLDER, exist_ok=True)
    network = filled(Residual(4))
    images = torch.sin(torch.arange(2 * 3 * 16 * 16, dtype=torch.float32)).reshape(2, 3, 16, 16)
    expected = network(images)
    any_size = {"pixels": {0: "batch", 2: "height", 3: "width"}}
    # Any batch and size, probabilities; operators of today.
    write(Only(network, lambda x: x.softmax(1)), "residual", images, 17, output_names=["probabilities"], dynamic_axes=any_size)
    # One image of one size at a time, batch-norms kept, operators of long ago.
    write(Only(network), "residual-fixed", images[:1], 9, output_names=["scores"], training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
    # Maps as outputs of their own.
    write(network, "residual-maps", images, 13, output_names=["one", "two", "three", "features", "scores"], dynamic_axes=any_size)
    write(ChannelsLast(network), "residual-nhwc", images.permute(0, 2, 3, 1) * 127 + 128, 17, output_names=["probabilities"], dynamic_axes={"pixels": {0: "batch"}})
    write(Only(filled(Residual(7))), "other-classes", images, 17, output_names=["scores"], dynamic_axes=any_size)
    assert all(torch.equal(before, after) for before, after in zip(expected, network(images)))
    save("residual", expected)
    save("residual-upscaled", network(nn.functional.interpolate(images, size=(24, 24), mode="bilinear", align_corners=False)))
