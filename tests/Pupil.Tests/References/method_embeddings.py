"""Methods on embeddings: see make_method_references.py for the conventions."""
import math

import torch

from make_references import WORDS, mixed
from method_cases import inside, keep, keep_all, keep_term, stored, unit

# ------------------------------------------------------------------------------------------------------------ equations


def smooth_l1(a, b):
    """0.5 d^2 below a difference of 1, |d| - 0.5 above; the mean over all entries."""
    difference = (a - b).abs()
    return torch.where(difference < 1, 0.5 * difference ** 2, difference - 0.5).mean()


def differences(x):
    """N x N x D: [i, j] = x_j - x_i."""
    return x[None] - x[:, None]


def rkd_distance(student, teacher):
    def distances(x):
        off_diagonal = ~torch.eye(len(x), dtype=torch.bool)
        squares = (differences(x) ** 2).sum(2).clamp_min(1e-12)
        lengths = torch.where(off_diagonal, squares, torch.ones(())).sqrt() * off_diagonal
        return lengths / (lengths.sum() / off_diagonal.sum())

    return smooth_l1(distances(student), distances(teacher))


def rkd_angle(student, teacher):
    def cosines(x):
        directions = unit(differences(x), dim=2)
        return directions @ directions.transpose(1, 2)

    return smooth_l1(cosines(student), cosines(teacher))


def pkt(student, teacher, epsilon=1e-7):
    def neighbours(x):
        empty = (x == 0).all(1, keepdim=True)  # rows of zeros stay zeros and are constants, as in unit
        filled = torch.where(empty, torch.ones_like(x), x)
        directions = torch.where(empty, torch.zeros_like(x), filled / (filled.norm(dim=1, keepdim=True) + epsilon))
        affinities = (directions @ directions.T + 1) / 2
        return affinities / affinities.sum(1, keepdim=True)

    guess, target = neighbours(student), neighbours(teacher)
    return (target * ((target + epsilon) / (guess + epsilon)).log()).mean()


def linear(x, weight, bias):
    return x @ weight.T + bias


def cc_adjacent(student, teacher):
    apart = (student - teacher).abs()
    return (apart[:-1] * apart[1:]).sum(1).mean()


def cc_adjacent_linear(student, teacher, student_weight, student_bias, teacher_weight, teacher_bias):
    return cc_adjacent(linear(student, student_weight, student_bias), linear(teacher, teacher_weight, teacher_bias))


def cc_kernel(student, teacher, gamma=0.4, order=2):
    def gram(x):
        cosines = unit(x) @ unit(x).T
        series = sum((2 * gamma * cosines) ** p / math.factorial(p) for p in range(order + 1))
        return math.exp(-2 * gamma) * series

    return ((gram(student) - gram(teacher)) ** 2).mean()


def crd_embedded(x, weight, bias):
    made = linear(x, weight, bias)
    return made / made.norm(dim=1, keepdim=True)


def crd_scores(embedded, other_memory, contrast_indices, temperature=0.07):
    """N x (1 + negatives), not yet divided by Z; the memory is a constant."""
    return ((other_memory[contrast_indices] * embedded[:, None]).sum(2) / temperature).exp()


def crd_direction(scores, z, images, epsilon=1e-7):
    probabilities, noise = scores / z, (scores.shape[1] - 1) / images
    positive = (probabilities[:, 0] / (probabilities[:, 0] + noise + epsilon)).log()
    negatives = (noise / (probabilities[:, 1:] + noise + epsilon)).log()
    return -(positive.sum() + negatives.sum()) / len(scores)


def crd(student, teacher, student_weight, student_bias, teacher_weight, teacher_bias, student_memory, teacher_memory, contrast_indices,
        student_z, teacher_z, temperature=0.07):
    pupil, master = crd_embedded(student, student_weight, student_bias), crd_embedded(teacher, teacher_weight, teacher_bias)
    student_scores = crd_scores(pupil, teacher_memory, contrast_indices, temperature)
    teacher_scores = crd_scores(master, student_memory, contrast_indices, temperature)
    images = len(student_memory)
    return crd_direction(student_scores, student_z, images) + crd_direction(teacher_scores, teacher_z, images)


def crd_update(memory, embedded, sample_indices, momentum=0.5):
    updated = memory.clone()
    mixture = momentum * memory[sample_indices] + (1 - momentum) * embedded
    updated[sample_indices] = mixture / mixture.norm(dim=1, keepdim=True)
    return updated


# ---------------------------------------------------------------------------------------------------------------- cases


def make_inputs():
    student, teacher = mixed((6, 5), 301), mixed((6, 7), 302)
    same, always = mixed((4, 5), 303), mixed((1, 5), 304)
    gaps_student, gaps_teacher = mixed((4, 5), 305), mixed((4, 7), 306)
    gaps_student[1], gaps_teacher[2] = 0, 0
    cases = {
        "plain": (student, teacher),
        "one-image": (student[:1], teacher[:1]),
        "two-images": (student[:2], teacher[:2]),
        "identical": (same, same),
        "zero-rows": (gaps_student, gaps_teacher),  # row 1 of the student's, row 2 of the teacher's
        "always-the-same": (always.repeat(4, 1), teacher[:4]),
        "all-zero": (torch.zeros(4, 5), teacher[:4]),
        "opposite": (torch.cat([always, -always]), teacher[:2]),
        "large": (1e4 * mixed((4, 5), 307), 1e4 * mixed((4, 7), 308)),
    }
    for case, (own, other) in cases.items():
        keep_all(f"inputs/embeddings/{case}", student=own, teacher=other)
    return cases


def make_embeddings():
    for case in make_inputs():
        maps = inside(f"inputs/embeddings/{case}", "student", "teacher")
        plain, alike, empty = case == "plain", case in ("always-the-same", "all-zero"), case in ("zero-rows", "all-zero")
        smooth = case in ("plain", "large", "zero-rows")  # to RKD a row of zeros is a point like any other
        if case != "one-image":
            keep_term(f"rkd.distance/{case}", rkd_distance, smooth=smooth, sensible=alike, **maps)
        keep_term(f"rkd.angle/{case}", rkd_angle, smooth=smooth, sensible=alike, **maps)
        keep_term(f"pkt/{case}", pkt, smooth=plain, sensible=empty, **maps)
        keep_term(f"cc.kernel/{case}", cc_kernel, smooth=plain, sensible=empty, options={"gamma": 0.4, "order": 2}, **maps)
    make_cc_adjacent()
    make_crd()


PROJECTIONS = ("student_weight", "student_bias", "teacher_weight", "teacher_bias")


def make_cc_adjacent():
    pairs = {"plain": (mixed((6, 8), 310), mixed((6, 8), 311)), "two-images": (mixed((2, 8), 312), mixed((2, 8), 313)),
             "identical": (mixed((4, 8), 314), mixed((4, 8), 314)), "large": (1e4 * mixed((4, 8), 315), 1e4 * mixed((4, 8), 316))}
    for case, (student, teacher) in pairs.items():
        group = f"inputs/cc/{case}"
        keep_all(group, student=student, teacher=teacher)
        keep_term(f"cc.adjacent/{case}", cc_adjacent, "student teacher", smooth=case in ("plain", "two-images"),
                  sensible=case == "identical", **inside(group, "student", "teacher"))
    group = "inputs/cc/linear"
    keep_all(group, student_weight=0.5 * mixed((8, 5), 317), student_bias=0.2 * mixed((8,), 318), teacher_weight=0.5 * mixed((8, 7), 319),
             teacher_bias=0.2 * mixed((8,), 320))
    weights = inside(group, *PROJECTIONS)
    keep_term("cc.adjacent/linear", cc_adjacent_linear, " ".join(["student", *weights]),
              **inside("inputs/embeddings/plain", "student", "teacher"), **weights)


def make_crd():
    images, width, group = 12, 4, "inputs/crd"
    bound = 1 / math.sqrt(width / 3)  # the public code fills the banks evenly within +-bound and does not normalise them
    keep_all(group, student_weight=0.5 * mixed((width, 5), 330), student_bias=0.2 * mixed((width,), 331),
             teacher_weight=0.5 * mixed((width, 7), 332), teacher_bias=0.2 * mixed((width,), 333),
             student_memory=bound / 1.6 * mixed((images, width), 334), teacher_memory=bound / 1.6 * mixed((images, width), 335))
    # Column 0 is the image itself. Some negatives are in the batch, some appear twice.
    contrast_indices = torch.tensor([[3, 1, 8, 0, 5, 10], [0, 2, 6, 2, 9, 4], [11, 7, 1, 5, 3, 8],
                                     [7, 10, 2, 0, 0, 6], [4, 1, 9, 11, 5, 2], [9, 8, 3, 6, 10, 7]])
    keep_all(group, sample_indices=contrast_indices[:, 0], contrast_indices=contrast_indices)
    weights, banks = inside(group, *PROJECTIONS), inside(group, "student_memory", "teacher_memory")
    keep_crd_step("first-step", weights, banks, slice(0, 6))
    second = {x: f"crd/first-step/{x.replace('_', '-')}.after" for x in banks}
    keep_crd_step("second-step", weights, second, slice(0, 6), z="crd/first-step")
    keep_crd_step("one-image", weights, banks, slice(1, 2))


def keep_crd_step(case, weights, banks, batch, z=None):
    name, group = f"crd/{case}", "inputs/crd"
    inputs = inside("inputs/embeddings/plain", "student", "teacher") | inside(group, "contrast_indices", "sample_indices")
    if batch != slice(0, 6):
        keep_all(f"{group}/{case}", **{x: stored(where)[batch] for x, where in inputs.items()})
        inputs = inside(f"{group}/{case}", *inputs)
    where_samples = inputs.pop("sample_indices")
    sample_indices = stored(where_samples)
    pupil = crd_embedded(stored(inputs["student"]), *(stored(weights[f"student_{x}"]) for x in ("weight", "bias")))
    master = crd_embedded(stored(inputs["teacher"]), *(stored(weights[f"teacher_{x}"]) for x in ("weight", "bias")))
    contrast, student_memory, teacher_memory = (stored(where) for where in (inputs["contrast_indices"], *banks.values()))
    keep_all(name, student_embedded=pupil, teacher_embedded=master)
    if z is None:
        z = name
        keep_all(name, student_z=crd_scores(pupil, teacher_memory, contrast).mean() * len(student_memory),
                 teacher_z=crd_scores(master, student_memory, contrast).mean() * len(student_memory))
    keep_term(name, crd, " ".join(["student", *weights]), options={"temperature": 0.07}, **inputs, **weights, **banks,
              student_z=f"{z}/student-z", teacher_z=f"{z}/teacher-z")
    WORDS[f"{name}/inputs"].append(f"sample-indices = {where_samples}")
    keep(f"{name}/student-memory.after", crd_update(student_memory, pupil, sample_indices))
    keep(f"{name}/teacher-memory.after", crd_update(teacher_memory, master, sample_indices))
