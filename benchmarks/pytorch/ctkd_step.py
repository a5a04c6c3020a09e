"""The CTKD training step in plain eager PyTorch, to be timed beside Pupil's own (same networks, loss, batch, optimiser).

    python3 benchmarks/pytorch/ctkd_step.py --batch 128 --steps 20 --warmup 3 --threads 2 [--channels-last]
    python3 benchmarks/pytorch/ctkd_step.py --serve     # "step" on stdin: makes one step and prints its seconds; "quit" ends

Expert WRN-40-1 (frozen, evaluation mode), scratch teacher WRN-40-1, student WRN-16-1; float32, CPU, 3x32x32, 10 classes.
A step is: zero the gradients, three forward passes, loss, backward, SGD. Every step gets a fresh random batch, which is
made before the clock starts. One JSON line per step, then one with the peak memory and the versions.
"""
import argparse
import json
import pathlib
import platform
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x):
        active = F.relu(self.norm1(x), inplace=True)
        inner = self.conv2(F.relu(self.norm2(self.conv1(active)), inplace=True))
        return inner + (x if self.shortcut is None else self.shortcut(active))


class WideResNet(nn.Module):
    def __init__(self, depth, widen=1, classes=10):
        super().__init__()
        blocks, widths = (depth - 4) // 6, [16, 16 * widen, 32 * widen, 64 * widen]
        self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.stage1, self.stage2, self.stage3 = (
            nn.Sequential(*[Block(inputs if k == 0 else outputs, outputs, stride if k == 0 else 1) for k in range(blocks)])
            for inputs, outputs, stride in zip(widths, widths[1:], (1, 2, 2)))
        self.norm = nn.BatchNorm2d(widths[-1])
        self.classifier = nn.Linear(widths[-1], classes)
        for layer in self.modules():
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, images):
        stage1 = self.stage1(self.stem(images))
        stage2 = self.stage2(stage1)
        stage3 = self.stage3(stage2)
        pooled = F.adaptive_avg_pool2d(F.relu(self.norm(stage3), inplace=True), 1).flatten(1)
        return self.classifier(pooled), (stage1, stage2, stage3)


def attention_map(stage):
    return F.normalize(stage.pow(2).mean(1).flatten(1))


class Training:
    def __init__(self, options):
        self.format = torch.channels_last if options.channels_last else torch.contiguous_format
        self.batch = options.batch
        self.expert = WideResNet(40).to(memory_format=self.format).eval().requires_grad_(False)
        self.scratch = WideResNet(40).to(memory_format=self.format)
        self.student = WideResNet(16).to(memory_format=self.format)
        parameters = [*self.scratch.parameters(), *self.student.parameters()]
        self.optimiser = torch.optim.SGD(parameters, lr=0.1, momentum=0.9, weight_decay=5e-4)

    def step(self, images, labels):
        self.optimiser.zero_grad(set_to_none=True)
        with torch.no_grad():
            _, expert_stages = self.expert(images)
        scratch_logits, _ = self.scratch(images)
        student_logits, student_stages = self.student(images)
        path = (student_logits - scratch_logits.detach()).pow(2).sum() / len(labels)
        attention = sum((attention_map(a) - attention_map(b)).pow(2).mean() for a, b in zip(student_stages, expert_stages))
        loss = (F.cross_entropy(scratch_logits, labels) + F.cross_entropy(student_logits, labels)
                + 0.03 * path + 1000.0 * attention)
        loss.backward()
        self.optimiser.step()
        return loss

    def timed_step(self):
        images = torch.randn(self.batch, 3, 32, 32).contiguous(memory_format=self.format)
        labels = torch.randint(0, 10, (self.batch,))
        start = time.perf_counter()
        loss = self.step(images, labels)
        seconds = time.perf_counter() - start
        return seconds, loss.item()


def peak_memory():
    """The kernel hands a child its parent's ru_maxrss at exec, so a big driver would show up in it: VmHWM has no such flaw."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {"ru_maxrss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        peak["vm_hwm_bytes"] = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return peak


def main():
    parser = argparse.ArgumentParser(description="One CTKD training step in plain PyTorch, timed.")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--serve", action="store_true", help="run a step for each line 'step' on stdin, until 'quit'")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    training = Training(options)
    for _ in range(options.warmup):
        training.timed_step()
    if options.serve:
        for line in map(str.strip, sys.stdin):
            if line == "quit":
                break
            if line != "step":
                sys.exit(f"'{line}' is neither 'step' nor 'quit'.")
            print(f"{training.timed_step()[0]:.6f}", flush=True)
    else:
        for k in range(options.steps):
            seconds, loss = training.timed_step()
            print(json.dumps({"step": k, "seconds": round(seconds, 6), "loss": round(loss, 4)}), flush=True)
    print(json.dumps({**peak_memory(), "torch": torch.__version__, "python": platform.python_version(),
                      "threads": options.threads, "batch": options.batch, "channels_last": options.channels_last}), flush=True)


if __name__ == "__main__":
    main()
