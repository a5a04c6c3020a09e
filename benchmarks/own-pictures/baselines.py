"""Measures baselines on a picture set with train/CLASS/ and test/CLASS/, one JSON line on standard output.

    python3 baselines.py SET --network wrn-16-1 --side 32 --seconds 600 --seed 0 [--only nearest,logistic,pytorch]

- nearest: the nearest neighbour by squared distance of pixels, pictures scaled to the side.
- logistic: logistic regression on standardised pixels (scikit-learn, C = 0.01).
- pytorch: the network of the student, trained from scratch by the recipe of PyTorch's tutorial "Transfer Learning for Computer Vision"
  (SGD, rate 0.001, momentum 0.9, a tenth of the rate after 7 of 25 epochs and so on, RandomResizedCrop, RandomHorizontalFlip, batches
  of 4), with as many epochs as fit the time; the schedule is stretched to them. Its best test epoch is not chosen: the last one counts.

Needs numpy, Pillow, scikit-learn, torch and torchvision.
"""
import argparse
import json
import os
import time

import numpy as np
from PIL import Image


def pictures(folder, classes=None):
    classes = classes or sorted(os.listdir(folder))
    files = [(os.path.join(folder, kind, file), label) for label, kind in enumerate(classes) if os.path.isdir(os.path.join(folder, kind))
             for file in sorted(os.listdir(os.path.join(folder, kind)))]
    return classes, files


def square(file):
    image = Image.open(file).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def pixels(files, side):
    return np.stack([np.asarray(square(file).resize((side, side), Image.BILINEAR), np.float32).ravel() / 255 for file, _ in files]), \
        np.array([label for _, label in files])


def nearest(train, test, side):
    (x, y), (u, v) = pixels(train, side), pixels(test, side)
    distance = (x * x).sum(1)[None] - 2 * u @ x.T
    return float((y[distance.argmin(1)] == v).mean())


def logistic(train, test, side):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler
    (x, y), (u, v) = pixels(train, side), pixels(test, side)
    scale = StandardScaler().fit(x)
    return float(LogisticRegression(C=0.01, max_iter=500).fit(scale.transform(x), y).score(scale.transform(u), v))


def pytorch(train, test, side, classes, network, seconds, seed):
    import torch
    from torch import nn
    from torchvision import transforms

    torch.manual_seed(seed)
    depth, width = (int(n) for n in network.split("-")[1:])

    class Block(nn.Module):
        def __init__(self, source, target, stride):
            super().__init__()
            self.norm1, self.norm2 = nn.BatchNorm2d(source), nn.BatchNorm2d(target)
            self.conv1 = nn.Conv2d(source, target, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(target, target, 3, 1, 1, bias=False)
            self.shortcut = None if source == target and stride == 1 else nn.Conv2d(source, target, 1, stride, bias=False)

        def forward(self, x):
            active = torch.relu(self.norm1(x))
            out = self.conv2(torch.relu(self.norm2(self.conv1(active))))
            return out + (x if self.shortcut is None else self.shortcut(active))

    channels, blocks, source = [16 * width, 32 * width, 64 * width], [], 16
    for stage, target in enumerate(channels):
        for i in range((depth - 4) // 6):
            blocks.append(Block(source, target, 2 if stage > 0 and i == 0 else 1))
            source = target
    model = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), *blocks, nn.BatchNorm2d(source), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
                          nn.Flatten(), nn.Linear(source, classes))
    normal = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    learn = transforms.Compose([transforms.RandomResizedCrop(side), transforms.RandomHorizontalFlip(), transforms.ToTensor(), normal])
    look = transforms.Compose([transforms.Resize((side, side)), transforms.ToTensor(), normal])
    images, labels = [square(file) for file, _ in train], torch.tensor([label for _, label in train])
    optimizer = torch.optim.SGD(model.parameters(), 0.001, 0.9)
    started, steps, epochs, epoch = time.time(), 0, None, 0
    per_epoch = (len(images) + 3) // 4
    while epochs is None or epoch < epochs:
        model.train()
        order = torch.randperm(len(images))
        if epochs is not None:
            for group in optimizer.param_groups:
                group["lr"] = 0.001 * 0.1 ** (epoch * 25 // (epochs * 7))
        for first in range(0, len(order), 4):
            batch = order[first:first + 4]
            loss = nn.functional.cross_entropy(model(torch.stack([learn(images[i]) for i in batch])), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if epochs is None and steps == min(50, per_epoch):
                epochs = max(1, int(seconds / ((time.time() - started) / steps) / per_epoch))
        epoch += 1
    model.eval()
    with torch.no_grad():
        right = sum(int(model(look(square(file))[None]).argmax()) == label for file, label in test)
    return right / len(test), epochs, time.time() - started


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("set")
    parser.add_argument("--network", default="wrn-16-1")
    parser.add_argument("--side", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="nearest,logistic,pytorch")
    given = parser.parse_args()
    names, train = pictures(os.path.join(given.set, "train"))
    _, test = pictures(os.path.join(given.set, "test"), names)
    found = {"set": os.path.basename(given.set.rstrip("/")), "train": len(train), "test": len(test), "seed": given.seed}
    for what in given.only.split(","):
        if what == "nearest":
            found[what] = nearest(train, test, given.side)
        elif what == "logistic":
            found[what] = logistic(train, test, given.side)
        else:
            found["pytorch"], found["pytorchEpochs"], found["pytorchSeconds"] = pytorch(
                train, test, given.side, len(names), given.network, given.seconds, given.seed)
    print(json.dumps(found))
