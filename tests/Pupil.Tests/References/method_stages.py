"""Methods on feature maps: see make_method_references.py for the conventions."""
import math

import torch
import torch.nn.functional as F

from method_cases import unit


def mean_square(a, b):
    return ((a - b) ** 2).mean()


def pooled(x, size):
    return x if x.shape[2:] == size else F.adaptive_avg_pool2d(x, size)


def of_one_size(student, teacher):
    """The larger map is pooled to the smaller size."""
    size = min(student.shape[2:], teacher.shape[2:])
    return pooled(student, size), pooled(teacher, size)


def batch_norm(x, weight, bias):
    """Training mode: mean and biased variance over images and positions, eps 1e-5."""
    mean = x.mean((0, 2, 3), keepdim=True)
    variance = ((x - mean) ** 2).mean((0, 2, 3), keepdim=True)
    return (x - mean) / (variance + 1e-5).sqrt() * weight[:, None, None] + bias[:, None, None]


def adapted(student, weight, norm_weight, norm_bias, kind):
    """The adapter of FitNets, AB and OFD, before any ReLU. A bias of the convolution would be cancelled by the norm."""
    convolutions = {
        "1x1": lambda: F.conv2d(student, weight),
        "3x3 stride 2 padding 1": lambda: F.conv2d(student, weight, stride=2, padding=1),
        "transposed 4x4 stride 2 padding 1": lambda: F.conv_transpose2d(student, weight, stride=2, padding=1),
    }
    return batch_norm(convolutions[kind](), norm_weight, norm_bias)


def fitnets(teacher, kind, **adapter):
    return mean_square(F.relu(adapted(kind=kind, **adapter)), teacher)


def sp(student, teacher):
    def similarities(maps):
        flat = maps.flatten(1)
        return unit(flat @ flat.T)

    return ((similarities(student) - similarities(teacher)) ** 2).sum() / len(student) ** 2


def nst(student, teacher):
    student, teacher = (unit(x.flatten(2), dim=2) for x in of_one_size(student, teacher))

    def kernel(a, b):
        return ((a @ b.transpose(1, 2)) ** 2).mean()

    return kernel(teacher, teacher) + kernel(student, student) - 2 * kernel(student, teacher)


def vid(student, teacher, weight1, weight2, weight3, rho):
    student, teacher = of_one_size(student, teacher)
    mean = F.conv2d(F.relu(F.conv2d(F.relu(F.conv2d(student, weight1)), weight2)), weight3)
    variance = (torch.logaddexp(torch.zeros(()), rho) + 1e-5)[:, None, None]
    return 0.5 * ((mean - teacher) ** 2 / variance + variance.log()).mean()


def ft_code(student, teacher):
    student, teacher = (unit((x ** 2).mean(1).flatten(1)) for x in of_one_size(student, teacher))
    return (student - teacher).abs().mean()


def ft_paper(student, teacher):
    return (unit(student.flatten(1)) - unit(teacher.flatten(1))).abs().mean()


def weight_of_stage(k, count):
    return 2.0 ** (k - count + 1)


def pairs(maps):
    """[(student1, teacher1), (student2, teacher2), ...]"""
    return [(maps[f"student{k}"], maps[f"teacher{k}"]) for k in range(1, len(maps) // 2 + 1)]


def ab_stage(student, teacher, margin=1.0):
    wrongly_on = (teacher <= 0) & (student > -margin)
    wrongly_off = (teacher > 0) & (student <= margin)
    return ((student + margin) ** 2 * wrongly_on + (student - margin) ** 2 * wrongly_off).sum() / len(student)


def ab(margin=1.0, **maps):
    stages = [weight_of_stage(k, len(maps) // 2) * ab_stage(*pair, margin) for k, pair in enumerate(pairs(maps))]
    return 3 / 1000 * sum(stages)


def ab_adapted(teacher, kind, margin=1.0, **adapter):
    return ab_stage(adapted(kind=kind, **adapter), teacher, margin)


def ofd_stage(student, teacher, margins):
    target = torch.maximum(pooled(teacher, student.shape[2:]), margins[:, None, None])
    counts = (student > target) | (target > 0)
    return ((student - target) ** 2 * counts).sum() / len(student)


def ofd(margins1, margins2, margins3, **maps):
    margins = margins1, margins2, margins3
    return sum(weight_of_stage(k, 3) * ofd_stage(*pair, margins[k]) for k, pair in enumerate(pairs(maps)))


def ofd_adapted(teacher, margins, kind, **adapter):
    return ofd_stage(adapted(kind=kind, **adapter), teacher, margins)


def ofd_margins(weight, bias):
    """E[x | x < 0] of x ~ N(bias, |weight|), or -3 |weight| where P(x < 0) <= 0.001."""
    margins = []
    for deviation, mean in zip(weight.abs().tolist(), bias.tolist()):
        below = 0.5 * math.erfc(mean / deviation / math.sqrt(2))
        density = math.exp(-(mean / deviation) ** 2 / 2) / math.sqrt(2 * math.pi)
        margins.append(mean - deviation * density / below if below > 0.001 else -3 * deviation)
    return torch.tensor(margins)


def review_hcl(**maps):
    total = 0
    for student, teacher in pairs(maps):
        levels = [(mean_square(student, teacher), 1.0)]
        for size in (4, 2, 1):
            if size < student.shape[2]:
                level = mean_square(F.adaptive_avg_pool2d(student, size), F.adaptive_avg_pool2d(teacher, size))
                levels.append((level, levels[-1][1] / 2))
        total = total + sum(level * weight for level, weight in levels) / sum(weight for _, weight in levels)
    return total


def review_outputs(student1, student2, reduce1, reduce1_norm_weight, reduce1_norm_bias, attention, attention_bias, expand1,
                   expand1_norm_weight, expand1_norm_bias, reduce2, reduce2_norm_weight, reduce2_norm_bias, expand2, expand2_norm_weight,
                   expand2_norm_bias):
    """Level 2 is the deep one and is not fused with anything; its reduced map, before expansion, goes up to level 1."""
    deep = batch_norm(F.conv2d(student2, reduce2), reduce2_norm_weight, reduce2_norm_bias)
    shallow = batch_norm(F.conv2d(student1, reduce1), reduce1_norm_weight, reduce1_norm_bias)
    above = F.interpolate(deep, size=shallow.shape[2:], mode="nearest")
    shares = torch.sigmoid(F.conv2d(torch.cat([shallow, above], 1), attention, attention_bias))
    fused = shallow * shares[:, :1] + above * shares[:, 1:]
    return (batch_norm(F.conv2d(fused, expand1, padding=1), expand1_norm_weight, expand1_norm_bias),
            batch_norm(F.conv2d(deep, expand2, padding=1), expand2_norm_weight, expand2_norm_bias), shares)


def review_fusion(teacher1, teacher2, **student_side):
    output1, output2, _ = review_outputs(**student_side)
    return review_hcl(student1=output1, teacher1=teacher1, student2=output2, teacher2=teacher2)
