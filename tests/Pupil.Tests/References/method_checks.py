"""The equations once more, another way: plain loops, identities, numerical integration."""
import math

import torch
import torch.nn.functional as F

from make_references import mixed
from method_cases import stored, unit
from method_embeddings import cc_kernel, crd_direction, pkt, rkd_angle, rkd_distance
from method_logits import curriculum_per_image, dist_inter, dkd_rest, dkd_target, experts_kd, softened, standardised
from method_stages import ab_stage, batch_norm, nst, ofd_margins, ofd_stage, sp


def check_logits():
    student, teacher, labels = (stored(f"inputs/logits/plain/{x}") for x in ("student", "teacher", "labels"))
    soft_student, soft_teacher = ((x / 4).softmax(1) for x in (student, teacher))
    for k in range(len(labels)):  # of one image: T^2 KL = target + (1 - the teacher's probability of the target) rest
        one = slice(k, k + 1)
        parts = [term(student[one], teacher[one], labels[one]) for term in (dkd_target, dkd_rest)]
        whole = parts[0] + (1 - soft_teacher[k, labels[k]]) * parts[1]
        assert torch.isclose(whole, softened(student[one], teacher[one], 4.0), rtol=1e-12)
    assert torch.allclose(standardised(student).std(1), torch.ones(6), rtol=1e-6)
    assert torch.isclose(curriculum_per_image(student, teacher, torch.full((6,), 4.0)), softened(student, teacher, 4.0), rtol=1e-12)
    assert torch.isclose(experts_kd(student, teacher, teacher), softened(student, teacher, 4.0), rtol=1e-12)
    mean = (soft_teacher + soft_student) / 2
    assert torch.isclose(experts_kd(student, teacher, student), 16 * (mean * (mean / soft_student).log()).sum(1).mean(), rtol=1e-12)
    correlations = [float(torch.corrcoef(torch.stack(rows))[0, 1]) for rows in zip(student.softmax(1), teacher.softmax(1))]
    assert abs(float(dist_inter(student, teacher, 1.0)) - (1 - sum(correlations) / 6)) < 1e-6


def check_stages():
    x, weight, bias = stored("inputs/stages/plain/student2"), mixed((6,), 1), mixed((6,), 2)
    assert torch.allclose(batch_norm(x, weight, bias), F.batch_norm(x, None, None, weight, bias, training=True), rtol=1e-12)
    student, teacher, made = (stored(f"inputs/stages/zero-maps/{x}")[3:] for x in ("student", "teacher", "adapted"))
    margins = stored("inputs/ofd/margins3")
    vectors = {"s": unit(student[0].flatten(1)), "t": unit(teacher[0].flatten(1))}
    means = {a + b: sum(float(p @ q) ** 2 for p in vectors[a] for q in vectors[b]) / len(vectors[a]) / len(vectors[b])
             for a, b in ("ss", "st", "tt")}
    assert abs(means["ss"] + means["tt"] - 2 * means["st"] - float(nst(student, teacher))) < 1e-12
    assert float(sp(2 * student, student)) < 1e-30
    boundary = partial = 0
    for c, margin in enumerate(margins.tolist()):
        for s, t in zip(made[0, c].flatten().tolist(), teacher[0, c].flatten().tolist()):
            boundary += max(s + 1 if t <= 0 else 1 - s, 0) ** 2
            target = max(t, margin)
            partial += 0 if s <= target <= 0 else (s - target) ** 2
    assert abs(boundary - float(ab_stage(made, teacher))) < 1e-12
    assert abs(partial - float(ofd_stage(made, teacher, margins))) < 1e-12
    deviations, centres = torch.tensor([0.5, 1.0, 2.0, 0.3]), torch.tensor([0.0, 0.3, -1.0, 0.9])
    for deviation, centre, margin in zip(deviations, centres, ofd_margins(deviations, centres)):
        grid = torch.linspace(float(centre - 12 * deviation), 0, 400001)
        density = torch.exp(-((grid - centre) / deviation) ** 2 / 2)
        assert abs(float(torch.trapezoid(grid * density, grid) / torch.trapezoid(density, grid) - margin)) < 1e-6
    assert abs(float(stored("vid.initial/variance")) - 5) < 1e-12


def check_embeddings():
    student, teacher = (stored(f"inputs/embeddings/plain/{x}") for x in ("student", "teacher"))
    for term in (rkd_distance, rkd_angle, pkt, cc_kernel):
        assert float(term(teacher, teacher)) < 1e-15
    for term, shift in ((rkd_distance, 3), (rkd_angle, 3), (cc_kernel, 0)):  # scale does not matter, nor place to RKD
        assert torch.isclose(term(5 * student + shift, teacher), term(student, teacher), rtol=1e-10)
    count = len(student)
    pairs = [(i, j) for i in range(count) for j in range(count) if i != j]

    def lengths(x):
        found = [float((x[i] - x[j]).norm()) for i, j in pairs]
        return [length / (sum(found) / len(found)) for length in found]

    def cosine(x, i, j, k):
        a, b = x[j] - x[i], x[k] - x[i]
        return 0.0 if i in (j, k) else float(a @ b / (a.norm() * b.norm()))

    def smooth(d):
        return 0.5 * d * d if abs(d) < 1 else abs(d) - 0.5

    distance = sum(smooth(a - b) for a, b in zip(lengths(student), lengths(teacher))) / count ** 2
    triples = [(i, j, k) for i in range(count) for j in range(count) for k in range(count)]
    angle = sum(smooth(cosine(student, *triple) - cosine(teacher, *triple)) for triple in triples) / count ** 3
    assert abs(distance - float(rkd_distance(student, teacher))) < 1e-12
    assert abs(angle - float(rkd_angle(student, teacher))) < 1e-12
    kernels = [torch.exp(-0.4 * torch.cdist(x, x) ** 2) for x in (unit(student), unit(teacher))]  # what the series tends to
    assert torch.isclose(cc_kernel(student, teacher, order=20), ((kernels[0] - kernels[1]) ** 2).mean(), rtol=1e-9)
    noise = 5 / 12  # scores equal to Z are probabilities of 1
    expected = math.log(1 + noise) - 5 * math.log(noise / (1 + noise))
    assert abs(float(crd_direction(torch.full((6, 6), 3.0), 3.0, 12, epsilon=0)) - expected) < 1e-12


def check_all():
    check_logits()
    check_stages()
    check_embeddings()
