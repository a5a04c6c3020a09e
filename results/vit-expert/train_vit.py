"""Trains a small vision transformer on CIFAR-10 and writes it as ONNX. Needs PyTorch, NumPy and the package onnx.

usage: train_vit.py DATA OUT.onnx [--epochs 24] [--bfloat16]     DATA: the folder cifar-10-batches-bin
"""
import argparse
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

MEAN, DEVIATION = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(n, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        attention = ((q * (d // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        x = x + self.proj((attention @ v).transpose(1, 2).reshape(n, t, d))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, side=32, patch=4, width=128, depth=6, heads=4, classes=10):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, width))
        self.position = nn.Parameter(0.02 * torch.randn(1, 1 + (side // patch) ** 2, width))
        self.blocks = nn.ModuleList([Block(width, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], 1) + self.position
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def read(folder, files):
    rows = np.concatenate([np.fromfile(f"{folder}/{file}", np.uint8).reshape(-1, 3073) for file in files])
    pixels = torch.from_numpy(rows[:, 1:].reshape(-1, 3, 32, 32).copy()).float() / 255
    mean, deviation = (torch.tensor(values).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (pixels - mean) / deviation, torch.from_numpy(rows[:, 0].astype(np.int64))


def augmented(images):
    """Shifts by up to 4 pixels (zero padding) and mirrors half of the images."""
    n = len(images)
    padded = F.pad(images, (4, 4, 4, 4))
    down, right = torch.randint(9, (n, 1, 1, 1)), torch.randint(9, (n, 1, 1, 1))
    rows = (torch.arange(32).reshape(1, 1, 32, 1) + down).expand(n, 3, 32, 40)
    columns = (torch.arange(32).reshape(1, 1, 1, 32) + right).expand(n, 3, 32, 32)
    images = padded.gather(2, rows).gather(3, columns)
    return torch.where(torch.rand(n, 1, 1, 1) < 0.5, images.flip(3), images)


def accuracy(model, images, labels, precision):
    model.eval()
    with torch.no_grad(), precision():
        right = sum((model(images[i:i + 500]).argmax(1) == labels[i:i + 500]).sum().item() for i in range(0, len(images), 500))
    model.train()
    return 100 * right / len(images)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("out")
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--bfloat16", action="store_true")
    options = parser.parse_args()
    precision = lambda: torch.autocast("cpu", torch.bfloat16, enabled=options.bfloat16)
    torch.manual_seed(0)
    images, labels = read(options.data, [f"data_batch_{i}.bin" for i in range(1, 6)])
    tests = read(options.data, ["test_batch.bin"])
    model = VisionTransformer()
    decayed = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0}], lr=options.rate)
    steps = options.epochs * (len(images) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, steps, pct_start=0.1)
    for epoch in range(options.epochs):
        started, total = time.time(), 0.0
        order = torch.randperm(len(images))
        for i in range(len(images) // options.batch):
            rows = order[i * options.batch:(i + 1) * options.batch]
            with precision():
                logits = model(augmented(images[rows]))
            loss = F.cross_entropy(logits.float(), labels[rows], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (len(images) // options.batch):.4f}  {time.time() - started:.0f} s", flush=True)
    print(f"test: {accuracy(model, *tests, precision):.2f} %", flush=True)
    torch.onnx.export(model.eval(), torch.zeros(1, 3, 32, 32), options.out, input_names=["image"], output_names=["logits"],
                      dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}}, opset_version=14)


if __name__ == "__main__":
    main()
