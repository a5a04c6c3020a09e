"""Writes small transformers as PyTorch's exporter writes them, with PyTorch's numbers for two images, for the tests of ONNX experts.

    python3 make_transformer_files.py        # Debian's python3-torch 1.13 and python3-torchvision 0.14; writes onnx/
"""
import os
import warnings

import numpy
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import VisionTransformer
from torchvision.models.swin_transformer import SwinTransformer

warnings.filterwarnings("ignore")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "onnx")


class Block(nn.Module):
    """Written out, so that the attention weights are at hand: pre-norm, or both branches side by side."""

    def __init__(self, width, heads, parallel=False):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.heads, self.parallel = heads, parallel

    def attention(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(2, 3) / (d // self.heads) ** 0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(n, t, d)), weights

    def forward(self, x):
        if self.parallel:
            added, weights = self.attention(self.norm1(x))
            return x + added + self.down(F.gelu(self.up(self.norm1(x)))), weights
        added, weights = self.attention(self.norm1(x))
        x = x + added
        return x + self.down(F.gelu(self.up(self.norm2(x)))), weights


class Registers(nn.Module):
    """DINOv2's form: a class token, four registers, no classifier; the output is the normalised tokens."""

    def __init__(self, unfolded=False, parallel=False):
        super().__init__()
        self.patch = nn.Linear(3 * 8 * 8, 24) if unfolded else nn.Conv2d(3, 24, 8, 8)
        self.leading = nn.Parameter(torch.randn(1, 5, 24))
        self.positions = nn.Parameter(torch.randn(1, 21, 24) / 2)
        self.blocks = nn.ModuleList([Block(24, 3, parallel) for _ in range(2)])
        self.norm, self.unfolded = nn.LayerNorm(24), unfolded

    def stages(self, x):
        if self.unfolded:
            n = x.shape[0]
            patches = x.reshape(n, 3, 4, 8, 4, 8).permute(0, 2, 4, 1, 3, 5).reshape(n, 16, 192)
            tokens = self.patch(patches)
        else:
            tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.leading.expand(x.shape[0], -1, -1), tokens], 1) + self.positions
        found = []
        for block in self.blocks:
            tokens, weights = block(tokens)
            found.append((tokens, weights))
        return found, self.norm(tokens)

    def forward(self, x):
        return self.stages(x)[1]


class SequenceFirst(nn.Module):
    """OpenAI's CLIP: tokens T×N×D through the blocks, QuickGELU, and a projection of the class token."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 24, 8, 8, bias=False)
        self.leading, self.positions = nn.Parameter(torch.randn(24)), nn.Parameter(torch.randn(17, 24) / 2)
        self.attentions = nn.ModuleList([nn.MultiheadAttention(24, 3) for _ in range(2)])
        self.norms = nn.ModuleList([nn.LayerNorm(24) for _ in range(6)])
        self.ups, self.downs = nn.ModuleList([nn.Linear(24, 48) for _ in range(2)]), nn.ModuleList([nn.Linear(48, 24) for _ in range(2)])
        self.projection = nn.Parameter(torch.randn(24, 16) / 5)

    def stages(self, x):
        x = self.patch(x).flatten(2).permute(0, 2, 1)
        x = torch.cat([self.leading + torch.zeros(x.shape[0], 1, 24), x], 1) + self.positions
        x = self.norms[0](x).permute(1, 0, 2)
        found = []
        for i in range(2):
            y = self.norms[1 + i](x)
            x = x + self.attentions[i](y, y, y, need_weights=False)[0]
            y = self.ups[i](self.norms[3 + i](x))
            x = x + self.downs[i](y * torch.sigmoid(1.702 * y))
            found.append(x)
        return found, self.norms[5](x.permute(1, 0, 2)[:, 0])

    def forward(self, x):
        return self.stages(x)[1] @ self.projection


def images(size):
    return torch.arange(2 * 3 * size * size, dtype=torch.float64).sin().reshape(2, 3, size, size).float()


def numbers(name, *tensors):
    with open(os.path.join(FOLDER, f"{name}.txt"), "w") as file:
        for tensor in tensors:
            file.writelines(f"{value:.7g}\n" for value in tensor.detach().double().flatten().tolist())


def export(name, network, size, opset=13, batch=None):
    taken = images(size)
    axes = {"images": {0: "n"}} if batch is None else None
    torch.onnx.export(network, taken if batch is None else taken[:batch], os.path.join(FOLDER, f"{name}.onnx"), opset_version=opset,
                      input_names=["images"], output_names=["out"], dynamic_axes=axes)


def hooked(modules, taken, network):
    found = []
    hooks = [module.register_forward_hook(lambda _, __, out: found.append(out)) for module in modules]
    out = network(taken)
    for hook in hooks:
        hook.remove()
    return found, out


torch.manual_seed(0)
with torch.no_grad():
    vit = VisionTransformer(32, 8, 2, 3, 24, 48, num_classes=5).eval()
    nn.init.normal_(vit.heads.head.weight, std=0.2)
    blocks, logits = hooked(list(vit.encoder.layers), images(32), vit)
    embedding = vit.encoder.ln(blocks[-1])[:, 0]
    export("tv-vit", vit, 32, opset=11)
    export("tv-vit-one", vit, 32, opset=16, batch=1)
    numbers("tv-vit", *blocks, embedding, logits)

    swin = SwinTransformer([4, 4], 12, [2, 2], [2, 2], [4, 4], num_classes=5).eval()
    nn.init.normal_(swin.head.weight, std=0.2)
    stages, logits = hooked([swin.features[1], swin.norm], images(32), swin)
    export("tv-swin", swin, 32, opset=13)
    last = stages[1].permute(0, 3, 1, 2)
    numbers("tv-swin", stages[0].permute(0, 3, 1, 2), last, last.mean((2, 3)), logits)

    for name, network in {"registers": Registers(), "unfolded": Registers(unfolded=True), "parallel": Registers(parallel=True)}.items():
        network.eval()
        found, out = network.stages(images(32))
        export(name, network, 32)
        numbers(name, *[tokens for tokens, _ in found], out[:, 0])
        if name == "registers":
            numbers("registers-attention", *[weights[:, :, 0, 5:] for _, weights in found])

    clip = SequenceFirst().eval()
    found, embedding = clip.stages(images(32))
    export("sequence-first", clip, 32, opset=14)
    numbers("sequence-first", *[tokens.permute(1, 0, 2) for tokens in found], embedding)
