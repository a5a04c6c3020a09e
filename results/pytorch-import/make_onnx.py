"""Writes akamaster's pre-trained CIFAR-10 ResNets as PyTorch's own exporter writes them.

    python3 make_onnx.py resnet56-4bfd9763.th resnet-56.onnx        # Debian's python3-torch 1.13
"""
import sys

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        self.halves, self.pad = stride == 2, (channels - channels_in) // 2

    def forward(self, x):
        side = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad)) if self.halves else x
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + side)


class ResNet(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        planes = [16, 16, 32, 64]
        for i in 1, 2, 3:
            layer = [Block(planes[i] if j else planes[i - 1], planes[i], 2 if i > 1 and j == 0 else 1) for j in range(blocks)]
            self.add_module(f"layer{i}", nn.Sequential(*layer))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


source, target = sys.argv[1:]
state = {name.removeprefix("module."): value for name, value in torch.load(source, map_location="cpu")["state_dict"].items()}
network = ResNet(sum(name.startswith("layer1.") and name.endswith("conv1.weight") for name in state))
network.load_state_dict(state)
torch.onnx.export(network.eval(), torch.zeros(1, 3, 32, 32), target, opset_version=17, input_names=["images"], output_names=["scores"], dynamic_axes={"images": {0: "batch"}})
