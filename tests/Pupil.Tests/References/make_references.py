"""Makes references.json: what PyTorch computes for the equations, networks and steps that Pupil's tests check.

    python3 tests/Pupil.Tests/References/make_references.py            # rewrites references.json beside this file
    python3 tests/Pupil.Tests/References/make_references.py --check    # compares with references.json, writes nothing

Needs PyTorch alone (Debian 12: `apt-get install python3-torch`; written with 1.13). CPU, float64, one thread, no random
numbers: whatever is not stored as an input is wave(i) = scale * sin(0.7 i + 1.3 t + shift) over the flattened index i,
or, for convolution and linear weights, over (i * i) mod 10007: a plain wave makes matrices of rank 2, and networks of such
matrices give logits of 1e8 in evaluation mode, which hide mistakes in everything small.

The file holds {"about", "words": {name: [text]}, "numbers": {name: {"shape": [...], "values": [...]}}}.
Names read group/case/quantity; "gradient.x" is the gradient of "value" with respect to the input "x".
"""
import json
import math
import pathlib
import sys

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

NUMBERS, WORDS = {}, {}
GAMMA, BETA, CONFIGURED_BATCH = 0.03, 1000.0, 8


def keep(name, value):
    value = torch.as_tensor(value, dtype=torch.float64).detach()
    assert name not in NUMBERS, name
    assert torch.isfinite(value).all(), name
    NUMBERS[name] = {"shape": list(value.shape), "values": value.flatten().tolist()}
    return value


def wave(shape, t, scale=1.0, shift=0.0, scattered=False):
    indices = (i * i % 10007 if scattered else i for i in range(math.prod(shape)))
    return torch.tensor([scale * math.sin(0.7 * i + 1.3 * t + shift) for i in indices]).reshape(shape)


def mixed(shape, t):
    """Less regular than one wave; always stored in the file, so that nobody else needs its formula."""
    values = [math.sin(0.7 * i + 1.3 * t) + 0.6 * math.sin(0.013 * i * i + 0.9 * t) for i in range(math.prod(shape))]
    return torch.tensor([round(value, 6) for value in values]).reshape(shape)


# ---------------------------------------------------------------------------------------------------------------- terms

def cross_entropy(student, labels):
    return -F.log_softmax(student, 1)[torch.arange(len(labels)), labels].mean()


def path(student, teacher, divisor=None):
    return ((student - teacher) ** 2).sum() / (divisor or len(student))


def path_of_probabilities(student, teacher):
    return ((student.softmax(1) - teacher.softmax(1)) ** 2).sum() / len(student)


def divergence(student, teacher, temperature=1.0):
    """KL(teacher || student) of the softened probabilities: sum over classes, mean over images."""
    target, guess = F.log_softmax(teacher / temperature, 1), F.log_softmax(student / temperature, 1)
    return (target.exp() * (target - guess)).sum() / len(student)


def hinton(student, teacher, labels, alpha=0.9, temperature=4.0):
    softened = temperature ** 2 * divergence(student, teacher, temperature)
    return (1 - alpha) * cross_entropy(student, labels) + alpha * softened


def hinton_mean_over_elements(student, teacher, labels, alpha=0.9, temperature=4.0):
    """The reduction of PyTorch before 0.4: the mean over images AND classes, here times 2 alpha T^2."""
    softened = 2 * temperature ** 2 * divergence(student, teacher, temperature) / student.shape[1]
    return (1 - alpha) * cross_entropy(student, labels) + alpha * softened


def attention_pair(student, expert, exponent=2):
    """Where sizes differ the FEATURES are pooled to the smaller size first; the maps are taken of the pooled features."""
    size = min(student.shape[2], expert.shape[2]), min(student.shape[3], expert.shape[3])
    pooled = [x if tuple(x.shape[2:]) == size else F.adaptive_avg_pool2d(x, size) for x in (student, expert)]
    return [F.normalize((x.abs() ** exponent).mean(1).flatten(1), dim=1, eps=1e-12) for x in pooled]


def attention(student, expert, exponent=2):
    """Squared form: the mean over images and positions."""
    student_map, expert_map = attention_pair(student, expert, exponent)
    return ((student_map - expert_map) ** 2).mean()


def attention_norm(student, expert, exponent=2):
    """Plain-norm form: the mean over images of the L2 distance; the paper's 1/2 belongs to the weight."""
    student_map, expert_map = attention_pair(student, expert, exponent)
    return (student_map - expert_map).norm(dim=1).mean()


def keep_term(name, term, student, *rest, gradient_names=("student",), **options):
    """Value and gradient with respect to the first len(gradient_names) inputs; all the others are blocked."""
    inputs = [x.clone().requires_grad_(k < len(gradient_names)) if x.is_floating_point() else x
              for k, x in enumerate((student, *rest))]
    value = term(*inputs, **options)
    gradients = torch.autograd.grad(value, inputs[:len(gradient_names)])
    keep(f"{name}/value", value)
    for gradient_name, gradient in zip(gradient_names, gradients):
        keep(f"{name}/gradient.{gradient_name}", gradient)


def keep_logit_terms(group, student, teacher, labels):
    keep(f"{group}/student", student)
    keep(f"{group}/teacher", teacher)
    keep(f"{group}/labels", labels)
    keep_term(f"{group}/cross-entropy", cross_entropy, student, labels)
    keep_term(f"{group}/path", path, student, teacher)
    keep_term(f"{group}/path.configured-batch-8", path, student, teacher, divisor=CONFIGURED_BATCH)
    keep_term(f"{group}/path.unblocked", path, student, teacher, gradient_names=("student", "teacher"))
    keep_term(f"{group}/path.probabilities", path_of_probabilities, student, teacher)
    keep_term(f"{group}/path.divergence", divergence, student, teacher)
    keep_term(f"{group}/hinton", hinton, student, teacher, labels)
    keep_term(f"{group}/hinton.mean-over-elements", hinton_mean_over_elements, student, teacher, labels)


def keep_attention_terms(group, student, expert, exponents=(1, 2, 4)):
    keep(f"{group}/student", student)
    keep(f"{group}/expert", expert)
    for exponent in exponents:
        suffix = "" if exponent == 2 else f".exponent-{exponent}"
        keep_term(f"{group}/squared{suffix}", attention, student, expert, exponent=exponent)
    keep_term(f"{group}/norm", attention_norm, student, expert)


def make_terms():
    labels = torch.tensor([0, 3, 9, 3, 7, 1])
    keep_logit_terms("logits/plain", 2 * mixed((6, 10), 1), 3 * mixed((6, 10), 2), labels)
    keep_logit_terms("logits/one-image", 2 * mixed((1, 10), 3), 3 * mixed((1, 10), 4), labels[1:2])
    # Image 0: both certain and of one mind; 1: certain and opposed; the others: +-1e4 mixed over the classes.
    extreme_student, extreme_teacher = (1e4 * mixed((6, 10), t).sign() for t in (5, 6))
    extreme_student[:2], extreme_teacher[:2] = -1e4, -1e4
    extreme_student[0, 0] = extreme_teacher[0, 0] = extreme_student[1, 3] = extreme_teacher[1, 8] = 1e4
    keep_logit_terms("logits/extreme", extreme_student, extreme_teacher, labels)

    for stage, student_channels, expert_channels, size in ((1, 4, 5, 8), (2, 6, 9, 4), (3, 8, 3, 2)):
        keep_attention_terms(f"attention/stage{stage}", mixed((6, student_channels, size, size), 10 + stage),
                             mixed((6, expert_channels, size, size), 20 + stage))
    keep_attention_terms("attention/expert-is-larger", mixed((6, 4, 4, 4), 31), mixed((6, 5, 8, 8), 32), (2,))
    keep_attention_terms("attention/student-is-larger", mixed((6, 4, 8, 8), 33), mixed((6, 5, 4, 4), 34), (2,))
    keep_attention_terms("attention/one-image", mixed((1, 4, 4, 4), 35), mixed((1, 5, 4, 4), 36))
    keep_attention_terms("attention/identical", mixed((3, 4, 4, 4), 37), mixed((3, 4, 4, 4), 37))
    # Image 0 is all zero in the student, image 1 in the expert, image 2 in both, image 3 in neither.
    student, expert = mixed((4, 4, 4, 4), 38), mixed((4, 5, 4, 4), 39)
    student[[0, 2]], expert[[1, 2]] = 0, 0
    keep_attention_terms("attention/zero-maps", student, expert)


# ------------------------------------------------------------------------------------------------------------- networks

def convolution(inputs, outputs, size, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = convolution(outputs, outputs, 3)
        self.shortcut = convolution(inputs, outputs, 1, stride) if inputs != outputs else None

    def forward(self, x):
        active = F.relu(self.norm1(x))
        inner = self.conv2(F.relu(self.norm2(self.conv1(active))))
        return inner + (x if self.shortcut is None else self.shortcut(active))


class PlainBlock(nn.Module):
    """Post-activation; the shortcut is option A: every second pixel, new channels of zeros on both sides."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = convolution(outputs, outputs, 3)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.padding = (outputs - inputs) // 2
        self.stride = stride

    def forward(self, x):
        inner = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        shortcut = x[:, :, ::self.stride, ::self.stride]
        return F.relu(inner + F.pad(shortcut, (0, 0, 0, 0, self.padding, self.padding)))


class Network(nn.Module):
    def __init__(self, block, blocks, widths, classes=10):
        super().__init__()
        self.pre_activation = block is WideBlock
        self.stem = convolution(3, 16, 3)
        inputs = 16
        for stage, outputs in enumerate(widths, 1):
            strides = [1 if stage == 1 else 2] + [1] * (blocks - 1)
            layers = [block(inputs if k == 0 else outputs, outputs, stride) for k, stride in enumerate(strides)]
            self.add_module(f"stage{stage}", nn.Sequential(*layers))
            inputs = outputs
        self.norm = nn.BatchNorm2d(inputs if self.pre_activation else 16)
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, images, stem=None):
        x = (stem or self.stem)(images)
        x = x if self.pre_activation else F.relu(self.norm(x))
        stages = []
        for stage in (self.stage1, self.stage2, self.stage3):
            x = stage(x)
            stages.append(x)
        x = F.relu(self.norm(x)) if self.pre_activation else x
        embedding = x.mean((2, 3))
        return self.classifier(embedding), stages, embedding


def make_network(name):
    family, depth, *factor = name.split("-")
    if family == "wrn":
        return Network(WideBlock, (int(depth) - 4) // 6, [width * int(factor[0]) for width in (16, 32, 64)])
    return Network(PlainBlock, (int(depth) - 2) // 6, [16, 32, 64])


def fill(network, offset=0):
    """Tensors sorted by name; t is the position in that order plus the offset."""
    tensors = {name: x for name, x in network.state_dict().items() if not name.endswith("num_batches_tracked")}
    for t, (name, x) in enumerate(sorted(tensors.items()), offset):
        kind = name.split(".")[-1]
        if kind == "weight" and x.dim() > 1:
            values = wave(x.shape, t, math.sqrt(2 / (x.numel() // x.shape[0])) * math.sqrt(2), scattered=True)
        else:
            start, scale = {"weight": (1, 0.2), "bias": (0, 0.1), "running_mean": (0, 0.1), "running_var": (1, 0.3)}[kind]
            values = start + wave(x.shape, t, scale)
        x.copy_(values)
    return network, sorted(tensors)


def gradient_norms(network):
    parameters = sorted(network.named_parameters())
    return [name for name, x in parameters if x.grad is not None], [x.grad.norm() for _, x in parameters if x.grad is not None]


def keep_map(name, x):
    chosen = [j * (x.numel() - 1) // 7 for j in range(8)]
    keep(f"{name}.shape", x.shape)
    keep(f"{name}.mean", x.mean())
    keep(f"{name}.mean-square", (x ** 2).mean())
    keep(f"{name}.entry-indices", chosen)
    keep(f"{name}.entries", x.flatten()[chosen])


def make_networks():
    labels = torch.tensor([0, 1, 2])
    for size in (16, 8):
        images = keep(f"networks/images-{size}", mixed((3, 3, size, size), 40 + size))
        for name in ("wrn-16-1", "wrn-10-2", "resnet-8", "resnet-20"):
            for mode in ("evaluation", "training"):
                network, WORDS[f"networks/{name}/tensors"] = fill(make_network(name))
                network.train(mode == "training")
                logits, stages, embedding = network(images)
                group = f"networks/{name}/{size}/{mode}"
                keep(f"{group}/logits", logits)
                keep(f"{group}/embedding", embedding)
                for k, stage in enumerate(stages, 1):
                    keep_map(f"{group}/stage{k}", stage)
            loss = cross_entropy(logits, labels)
            loss.backward()
            WORDS[f"networks/{name}/parameters"], norms = gradient_norms(network)
            keep(f"{group}/cross-entropy", loss)
            keep(f"{group}/gradient-norms", norms)
            keep(f"{group}/stem.weight.gradient", network.stem.weight.grad)
            keep(f"{group}/norm.running_mean", network.norm.running_mean)
            keep(f"{group}/norm.running_var", network.norm.running_var)


# -------------------------------------------------------------------------------------- whole steps, optimiser, the cost

def make_step(preset):
    """Student and scratch teacher train, the expert stands in evaluation mode. "released-code": the student's own stem stays
    unused, the scratch teacher's stages are compared with the expert's, and the path is divided by the configured batch."""
    released = preset == "released-code"
    group, labels = f"step/{preset}", torch.tensor([0, 1, 2, 3])
    student, scratch, expert = (fill(make_network(name), offset)[0] for name, offset in
                                (("wrn-10-1", 0), ("wrn-16-1", 100), ("wrn-16-1", 200)))
    images = torch.tensor(NUMBERS["step/images"]["values"]).reshape(4, 3, 8, 8)
    expert.eval()
    trained = list(scratch.parameters()) + [x for name, x in student.named_parameters() if not (released and name == "stem.weight")]
    optimiser = torch.optim.SGD(trained, lr=0.001, momentum=0.9, weight_decay=5e-4)
    losses = []
    for step in range(3):
        scratch_logits, scratch_stages, _ = scratch(images)
        student_logits, student_stages, _ = student(images, stem=scratch.stem if released else None)
        with torch.no_grad():
            expert_stages = expert(images)[1]
        terms = {
            "scratch-cross-entropy": cross_entropy(scratch_logits, labels),
            "student-cross-entropy": cross_entropy(student_logits, labels),
            "path": path(student_logits, scratch_logits.detach(), CONFIGURED_BATCH if released else None),
            "attention": sum(map(attention, scratch_stages if released else student_stages, expert_stages)),
        }
        weights = {"path": GAMMA, "attention": BETA}
        loss = sum(weights.get(name, 1.0) * value for name, value in terms.items())
        losses.append(loss)
        optimiser.zero_grad()
        loss.backward()
        if step == 0:
            for name, value in terms.items():
                keep(f"{group}/{name}", value)
            keep(f"{group}/loss", loss)
            for name, network in (("student", student), ("scratch", scratch)):
                WORDS[f"{group}/{name}.parameters"], norms = gradient_norms(network)
                keep(f"{group}/{name}.gradient-norms", norms)
            keep(f"{group}/scratch.stem.weight.gradient", scratch.stem.weight.grad)
            if not released:
                keep(f"{group}/student.stem.weight.gradient", student.stem.weight.grad)
        optimiser.step()
    keep(f"{group}/losses", torch.stack(losses))  # 3 steps on the same batch: SGD, rate 0.001, momentum 0.9, decay 5e-4


def make_trajectories():
    start, gradients = keep("sgd/start", mixed((5,), 50)), keep("sgd/gradients", mixed((6, 5), 51))
    rates = keep("sgd/rates", [0.1, 0.1, 0.1, 0.02, 0.02, 0.02])
    cases = {"momentum": {}, "momentum-decay": {"weight_decay": 5e-4}, "nesterov-decay": {"weight_decay": 5e-4, "nesterov": True}}
    for name, options in cases.items():
        for reset in (False, True):
            vector, states = nn.Parameter(start.clone()), []
            for step, rate in enumerate(rates.tolist()):
                if step == 0 or (reset and step == 3):
                    optimiser = torch.optim.SGD([vector], lr=rate, momentum=0.9, **options)
                optimiser.param_groups[0]["lr"] = rate
                vector.grad = gradients[step].clone()
                optimiser.step()
                states.append(vector.detach().clone())
            keep(f"sgd/{name}{'.momentum-reset' if reset else ''}", torch.stack(states))


def keep_cost(name, network, size=32):
    """Multiply-adds of convolutions and linear layers for one image; biases and the rest count nothing."""
    counted = []
    for layer in network.eval().modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            layer.register_forward_hook(lambda layer, _, out: counted.append(out.numel() * layer.weight[0].numel()))
    with torch.no_grad():
        network(torch.zeros(1, 3, size, size))
    keep(f"cost/{name}/parameters", sum(x.numel() for x in network.parameters()))
    keep(f"cost/{name}/multiply-adds", sum(counted))


def make_costs():
    for name in ("wrn-10-1", "wrn-16-1", "wrn-16-2", "wrn-40-1", "wrn-40-2", "resnet-8", "resnet-20", "resnet-56", "resnet-110"):
        keep_cost(name, make_network(name))


def worst_difference(old, new):
    """The largest difference, relative to the largest entry of its tensor."""
    assert old["words"] == new["words"] and old["numbers"].keys() == new["numbers"].keys(), "other names"
    worst = (0.0, "none")
    for name, entry in new["numbers"].items():
        assert entry["shape"] == old["numbers"][name]["shape"], name
        a, b = torch.tensor(old["numbers"][name]["values"]), torch.tensor(entry["values"])
        worst = max(worst, (float((a - b).abs().max() / b.abs().max().clamp_min(1e-12)), name))
    return worst


def save(script):
    """Writes what was kept to the .json beside the script, or with --check compares it with what is there."""
    about = f"Made by {script.name} with PyTorch {torch.__version__}, float64. Do not edit."
    references = {"about": about, "words": WORDS, "numbers": NUMBERS}
    file = script.with_name(script.stem.removeprefix("make_").replace("_", "-") + ".json")
    if "--check" in sys.argv[1:]:
        print("largest relative difference: %g in %s" % worst_difference(json.loads(file.read_text()), references))
        return
    rows = [f"{json.dumps(name)}:{json.dumps(entry, separators=(',', ':'), allow_nan=False)}" for name, entry in NUMBERS.items()]
    file.write_text('{"about":%s,\n"words":%s,\n"numbers":{\n%s\n}}\n' % (
        json.dumps(about), json.dumps(WORDS, separators=(",", ":")), ",\n".join(rows)))
    print(f"{file.name}: {len(NUMBERS)} tensors, {file.stat().st_size} bytes")


def main():
    with torch.no_grad():
        keep("step/images", mixed((4, 3, 8, 8), 60))
    make_terms()
    make_networks()
    make_step("paper")
    make_step("released-code")
    make_trajectories()
    make_costs()
    save(pathlib.Path(__file__))


if __name__ == "__main__":
    main()
