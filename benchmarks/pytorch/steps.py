"""Work of a training in PyTorch, to be timed beside Pupil's own (same networks, loss, batch, optimiser).

    python3 benchmarks/pytorch/steps.py --work ctkd --style careful --steps 20 --warmup 3 --threads 2
    python3 benchmarks/pytorch/steps.py --work ctkd --style eager --serve

Works: ctkd, a step of collaborative teaching at batch 128 (WRN-40-1 expert and scratch teacher, WRN-16-1 student) with its batch ready in
memory; epoch, twenty such steps with their batches of augmented images, and the evaluation of student and scratch teacher on 1,000
images; alone, a step of WRN-16-1 with its batch; evaluate, the accuracy of WRN-16-1 on 2,500 images; demo, a step of collaborative
teaching at batch 32 with images of 20x20 (WRN-16-1 expert and scratch teacher, WRN-10-1 student); resnet-18, a step of torchvision's
ResNet-18 at batch 16 with its batch of images of 224x224. All are float32, with 10 classes, and images of 3x32x32 where nothing else is
said.

Styles: eager, as the released code writes it; careful, with channels-last memory, batched augmentation and inference mode (run it with
MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_ARENA_MAX=1); bfloat16, careful with autocast.

With --serve it answers lines on stdin: "check" prints the terms of the first step with weights, images and labels given by formulas;
"step" does the work once and prints its seconds; "quit" prints memory and versions. Without, it prints a JSON line for each step.
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


def fill(network, phase):
    """Weights by a formula, the same as in CtkdTraining.cs."""
    with torch.no_grad():
        for i, (name, tensor) in enumerate(sorted(network.named_parameters())):
            wave = torch.sin(0.37 * torch.arange(tensor.numel(), dtype=torch.float64) + i + phase).reshape(tensor.shape)
            fan_in = tensor[0].numel() if tensor.dim() > 1 else 1
            tensor.copy_(wave * (2 / fan_in) ** 0.5 if tensor.dim() > 1 else (1 if name.endswith("weight") else 0) + 0.1 * wave)


class Collaboration:
    def __init__(self, style, teachers=40, student=16, side=32, batch=128):
        self.style, self.side, self.batch = style, side, batch
        self.expert = style.lay(WideResNet(teachers)).eval().requires_grad_(False)
        self.scratch, self.student = style.lay(WideResNet(teachers)), style.lay(WideResNet(student))
        parameters = [*self.scratch.parameters(), *self.student.parameters()]
        self.optimiser = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4)

    def terms(self, images, labels):
        with self.style.inference(), self.style.precision():
            _, expert_stages = self.expert(images)
        with self.style.precision():
            scratch_logits, _ = self.scratch(images)
            student_logits, student_stages = self.student(images)
            path = (student_logits - scratch_logits.detach()).pow(2).sum() / len(labels)
            attention = sum((attention_map(a) - attention_map(b)).pow(2).mean() for a, b in zip(student_stages, expert_stages))
            return F.cross_entropy(scratch_logits, labels), F.cross_entropy(student_logits, labels), path, attention

    def prepare(self):
        return self.style.lay(torch.randn(self.batch, 3, self.side, self.side)), torch.randint(0, 10, (self.batch,)).to(self.style.device)

    def work(self, images, labels):
        self.optimiser.zero_grad(set_to_none=True)
        terms = self.terms(images, labels)
        of_scratch, of_student, path, attention = terms
        (of_scratch + of_student + 0.03 * path + 1000.0 * attention).backward()
        self.optimiser.step()
        return terms

    def check(self):
        for phase, network in enumerate((self.expert, self.scratch, self.student)):
            fill(network, phase)
        images = torch.sin(0.11 * torch.arange(16 * 3 * 32 * 32, dtype=torch.float64)).reshape(16, 3, 32, 32).float()
        return [term.item() for term in self.terms(self.style.lay(images), (torch.arange(16) % 10).to(self.style.device))]


class Epoch(Collaboration):
    STEPS = 20

    def __init__(self, style):
        super().__init__(style)
        self.pixels, self.labels = noise(self.STEPS * self.batch)
        self.test = Evaluation(style, 1000, [self.student, self.scratch])

    def prepare(self):
        return ()

    def work(self):
        sums = [0.0] * 4
        for network in (self.scratch, self.student):
            network.train()
        for chosen in torch.randperm(len(self.pixels)).split(self.batch):
            terms = super().work(self.style.lay(self.style.augment(self.pixels[chosen])), self.labels[chosen].to(self.style.device))
            # The released code reads every term in every step.
            sums = [total + (term.detach() if self.style.is_careful else term.item()) for total, term in zip(sums, terms)]
        return [float(total) / self.STEPS for total in sums], self.test.work()


class Alone:
    """A step with its batch: images of bytes, padded by 4, cropped, mirrored and normalised."""

    def __init__(self, style, network=None, side=32, batch=128):
        self.style, self.network, self.batch = style, style.lay(network or WideResNet(16)), batch
        self.pixels, self.labels = noise(20 * batch, side)
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def prepare(self):
        return ()

    def work(self):
        chosen = torch.randperm(len(self.pixels))[:self.batch]
        images, labels = self.style.lay(self.style.augment(self.pixels[chosen])), self.labels[chosen].to(self.style.device)
        self.optimiser.zero_grad(set_to_none=True)
        with self.style.precision():
            output = self.network(images)
            loss = F.cross_entropy(output if torch.is_tensor(output) else output[0], labels)
        loss.backward()
        self.optimiser.step()
        loss.item()


class Evaluation:
    def __init__(self, style, count=2500, networks=None):
        self.style, self.networks = style, networks or [style.lay(WideResNet(16))]
        self.pixels, self.labels = noise(count)

    def prepare(self):
        return ()

    def work(self):
        right = [0] * len(self.networks)
        with self.style.inference(), self.style.precision():
            for i, network in enumerate(self.networks):
                network.eval()
                for pixels, labels in zip(self.pixels.split(250), self.labels.split(250)):
                    logits, _ = network(self.style.lay(pixels.float().sub_(127.5).div_(63.75)))
                    right[i] += (logits.argmax(1).cpu() == labels).sum().item()
        return right


class Style:
    def __init__(self, name, device):
        self.is_careful, self.is_short, self.device = name != "eager", name == "bfloat16", device

    def lay(self, tensor):
        return tensor.to(self.device, memory_format=torch.channels_last) if self.is_careful else tensor.to(self.device)

    def inference(self):
        return torch.inference_mode() if self.is_careful else torch.no_grad()

    def precision(self):
        return torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.is_short)

    def augment(self, pixels):
        if not self.is_careful:
            # Image by image, as torchvision's transforms in the released code.
            images = []
            for image in pixels:
                padded, (y, x), side = F.pad(image, (4, 4, 4, 4)), torch.randint(0, 9, (2,)).tolist(), image.shape[-1]
                cropped = padded[:, y:y + side, x:x + side]
                images.append((cropped.flip(2) if torch.rand(()) < 0.5 else cropped).float().div(255).sub(0.5).div(0.25))
            return torch.stack(images)
        count, side = len(pixels), pixels.shape[-1]
        padded = F.pad(pixels, (4, 4, 4, 4)).permute(0, 2, 3, 1)
        rows = (torch.randint(0, 9, (count, 1)) + torch.arange(side)).view(count, side, 1)
        columns = torch.randint(0, 9, (count, 1)) + torch.arange(side)
        columns = torch.where(torch.rand(count, 1) < 0.5, columns.flip(1), columns).view(count, 1, side)
        return padded[torch.arange(count).view(count, 1, 1), rows, columns].permute(0, 3, 1, 2).float().sub_(127.5).div_(63.75)


def noise(count, side=32):
    return torch.randint(0, 256, (count, 3, side, side), dtype=torch.uint8), torch.randint(0, 10, (count,))


def resnet(style):
    from torchvision.models import resnet18
    return Alone(style, resnet18(num_classes=10), side=224, batch=16)


WORKS = {"ctkd": Collaboration, "epoch": Epoch, "alone": Alone, "evaluate": Evaluation, "resnet-18": resnet,
         "demo": lambda style: Collaboration(style, teachers=16, student=10, side=20, batch=32)}


def timed(work):
    prepared = work.prepare()
    wait = torch.cuda.synchronize if work.style.device == "cuda" else (lambda: None)
    wait()
    start = time.perf_counter()
    work.work(*prepared)
    wait()
    return time.perf_counter() - start


def peak_memory():
    """The kernel hands a child its parent's ru_maxrss at exec, so a big driver would show up in it: VmHWM has no such flaw."""
    unit = 1 if sys.platform == "darwin" else 1024
    peak = {"ru_maxrss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit}
    status = pathlib.Path("/proc/self/status")
    if status.exists():
        peak["vm_hwm_bytes"] = next(int(line.split()[1]) * 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return peak


def main():
    parser = argparse.ArgumentParser(description="Work of a training in PyTorch, timed.")
    parser.add_argument("--work", choices=WORKS, default="ctkd")
    parser.add_argument("--style", choices=["eager", "careful", "bfloat16"], default="eager")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--serve", action="store_true", help="answer the lines 'check', 'step' and 'quit' on stdin")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    work = WORKS[options.work](Style(options.style, options.device))
    if options.serve:
        for line in map(str.strip, sys.stdin):
            if line == "quit":
                break
            print(json.dumps(work.check() if line == "check" else timed(work)), flush=True)
    else:
        for k in range(-options.warmup, options.steps):
            seconds = timed(work)
            if k >= 0:
                print(json.dumps({"step": k, "seconds": round(seconds, 6)}), flush=True)
    print(json.dumps({**peak_memory(), "torch": torch.__version__, "python": platform.python_version(), **vars(options)}), flush=True)


if __name__ == "__main__":
    main()
