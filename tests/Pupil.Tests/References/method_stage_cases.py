"""The cases of the methods on feature maps: see make_method_references.py for the inputs, method_stages.py for the equations."""
import math

import torch

from make_references import mixed
from method_cases import inside, keep, keep_all, keep_term, stored
from method_stages import (ab, ab_adapted, ab_stage, fitnets, ft_code, ft_paper, nst, ofd, ofd_adapted, ofd_margins, ofd_stage, pairs,
                           review_fusion, review_hcl, review_outputs, sp, vid)

STUDENT, TEACHER = {1: (4, 8), 2: (6, 4), 3: (8, 2)}, {1: (5, 8), 2: (9, 4), 3: (3, 2)}  # stage: channels, height = width


def stage_inputs(case, **names):
    return {x: f"inputs/stages/{case}/{where}" for x, where in names.items()}


def fan_in_scaled(shape, t, fan_in):
    return (mixed(shape, t) / math.sqrt(fan_in) * 1e6).round() / 1e6


def keep_adapter(group, weight_shape, fan_in, channels, seed):
    keep_all(group, weight=fan_in_scaled(weight_shape, seed, fan_in), norm_weight=1 + 0.2 * mixed((channels,), seed + 1),
             norm_bias=0.3 + 0.3 * mixed((channels,), seed + 2))
    return inside(group, "weight", "norm_weight", "norm_bias")


def make_inputs():
    for k in (1, 2, 3):
        (student_channels, size), (teacher_channels, _) = STUDENT[k], TEACHER[k]
        keep(f"inputs/stages/plain/student{k}", mixed((6, student_channels, size, size), 130 + k))
        keep(f"inputs/stages/plain/teacher{k}", mixed((6, teacher_channels, size, size), 140 + k))
        # What an adapter made of the student's map: the teacher's shape. Large enough for margins of 1 to count on both sides.
        keep(f"inputs/stages/plain/adapted{k}", 1.5 * mixed((6, teacher_channels, size, size), 150 + k))
    keep_all("inputs/stages/one-image", student=mixed((1, 8, 2, 2), 160), teacher=mixed((1, 3, 2, 2), 161),
             adapted=mixed((1, 3, 2, 2), 162))
    same = mixed((4, 3, 2, 2), 163)
    keep_all("inputs/stages/identical", student=same, teacher=same, adapted=same)
    # Image 0 is all zero in the student, image 1 in the teacher, image 2 in both, image 3 in neither.
    student, teacher, made = mixed((4, 8, 2, 2), 164), mixed((4, 3, 2, 2), 165), mixed((4, 3, 2, 2), 166)
    student[[0, 2]], teacher[[1, 2]], made[[0, 2]] = 0, 0, 0
    keep_all("inputs/stages/zero-maps", student=student, teacher=teacher, adapted=made)
    keep_all("inputs/stages/all-zero", student=torch.zeros(4, 8, 2, 2), teacher=teacher, adapted=torch.zeros(4, 3, 2, 2))
    keep_all("inputs/stages/large", student=1e4 * mixed((4, 8, 2, 2), 167), teacher=1e4 * mixed((4, 3, 2, 2), 168),
             adapted=1e4 * mixed((4, 3, 2, 2), 169))


def make_stages():
    make_inputs()
    make_adapters()
    make_similarities()
    make_vid()
    make_boundaries()
    make_review()


EXTREMES = ("one-image", "identical", "zero-maps", "all-zero", "large")
ADAPTER = "student weight norm_weight norm_bias"


def make_adapters():
    cases = {  # case: adapter, student's stage, teacher's stage, weight's shape, fan-in
        "same-size": ("1x1", 2, 2, (9, 6, 1, 1), 6),
        "student-is-larger": ("3x3 stride 2 padding 1", 1, 2, (9, 4, 3, 3), 36),
        "student-is-smaller": ("transposed 4x4 stride 2 padding 1", 2, 1, (6, 5, 4, 4), 24),
    }
    for k, (case, (kind, student, teacher, shape, fan_in)) in enumerate(cases.items()):
        adapter = keep_adapter(f"inputs/adapters/{case}", shape, fan_in, TEACHER[teacher][0], 170 + 3 * k)
        maps = stage_inputs("plain", student=f"student{student}", teacher=f"teacher{teacher}")
        keep_term(f"fitnets/{case}", fitnets, ADAPTER, options={"kind": kind}, **maps, **adapter)
    adapters = {channels: keep_adapter(f"inputs/adapters/of-{channels}-channels", (3, channels, 1, 1), channels, 3, seed)
                for channels, seed in ((8, 180), (3, 183))}
    for case in EXTREMES:
        maps = stage_inputs(case, student="student", teacher="teacher")
        adapter = adapters[stored(maps["student"]).shape[1]]
        keep_term(f"fitnets/{case}", fitnets, ADAPTER, case == "one-image", options={"kind": "1x1"}, **maps, **adapter)


def make_similarities():
    for k in (2, 3):
        keep_term(f"sp/stage{k}", sp, **stage_inputs("plain", student=f"student{k}", teacher=f"teacher{k}"))
        keep_term(f"nst/stage{k}", nst, **stage_inputs("plain", student=f"student{k}", teacher=f"teacher{k}"))
    larger, smaller = (stage_inputs("plain", student=f"student{s}", teacher=f"teacher{t}") for s, t in ((1, 2), (2, 1)))
    keep_term("sp/teacher-is-larger", sp, **smaller)
    keep_term("nst/student-is-larger", nst, **larger)
    keep_term("nst/teacher-is-larger", nst, **smaller)
    factors = stage_inputs("plain", student="adapted2", teacher="teacher2")
    keep_term("ft.code/stage2", ft_code, **factors)
    keep_term("ft.paper/stage2", ft_paper, **factors)
    keep_term("ft.code/student-is-larger", ft_code, **stage_inputs("plain", student="student2", teacher="teacher3"))
    for case in EXTREMES:
        maps, factors = (stage_inputs(case, student=x, teacher="teacher") for x in ("student", "adapted"))
        empty, ties = case in ("zero-maps", "all-zero"), case == "identical"
        keep_term(f"sp/{case}", sp, smooth=False, sensible=empty, **maps)
        keep_term(f"nst/{case}", nst, smooth=case == "one-image", **maps)
        keep_term(f"ft.code/{case}", ft_code, smooth=case == "one-image", sensible=ties, **factors)
        keep_term(f"ft.paper/{case}", ft_paper, smooth=case == "one-image", sensible=ties or empty, **factors)


def make_vid():
    def keep_regressor(name, inputs, outputs, seed, rho=None):
        keep_all(f"inputs/vid/{name}", weight1=fan_in_scaled((outputs, inputs, 1, 1), seed, inputs / 2),
                 weight2=fan_in_scaled((outputs, outputs, 1, 1), seed + 1, outputs / 2),
                 weight3=fan_in_scaled((outputs, outputs, 1, 1), seed + 2, outputs / 2),
                 rho=mixed((outputs,), seed + 3) if rho is None else torch.as_tensor(rho))
        return inside(f"inputs/vid/{name}", "weight1", "weight2", "weight3", "rho")

    trained = "student weight1 weight2 weight3 rho"
    initial = math.log(math.exp(5 - 1e-5) - 1)
    keep("vid.initial/rho", initial)
    keep("vid.initial/variance", math.log1p(math.exp(initial)) + 1e-5)
    regressors = {3: keep_regressor("stage3", 8, 3, 190), 2: keep_regressor("stage2", 6, 9, 194), 1: keep_regressor("pooled", 4, 9, 198)}
    keep_term("vid/stage2", vid, trained, **stage_inputs("plain", student="student2", teacher="teacher2"), **regressors[2])
    keep_term("vid/stage3", vid, trained, **stage_inputs("plain", student="student3", teacher="teacher3"), **regressors[3])
    keep_term("vid/student-is-larger", vid, trained, **stage_inputs("plain", student="student1", teacher="teacher2"), **regressors[1])
    fresh = keep_regressor("initial-rho", 8, 3, 190, torch.full((3,), initial))
    keep_term("vid/initial-rho", vid, trained, **stage_inputs("plain", student="student3", teacher="teacher3"), **fresh)
    steep = keep_regressor("extreme-rho", 8, 3, 190, [1000.0, -1000.0, 90.0])
    keep_term("vid/extreme-rho", vid, trained, False, **stage_inputs("plain", student="student3", teacher="teacher3"), **steep)
    for case in EXTREMES:
        maps = stage_inputs(case, student="adapted" if case == "identical" else "student", teacher="teacher")
        regressor = keep_regressor("three-channels", 3, 3, 202) if case == "identical" else regressors[3]
        keep_term(f"vid/{case}", vid, trained, case == "one-image", **maps, **regressor)


def make_boundaries():
    students, teachers = ({f"{to}{k}": f"{what}{k}" for k in (1, 2, 3)} for to, what in (("student", "adapted"), ("teacher", "teacher")))
    lists = stage_inputs("plain", **students, **teachers)
    all_students = "student1 student2 student3"
    keep_term("ab/three-stages", ab, all_students, options={"margin": 1.0}, **lists)
    keep("ab/three-stages/stages", torch.stack([ab_stage(*pair) for pair in pairs({x: stored(where) for x, where in lists.items()})]))
    for k in (1, 2, 3):  # some margins deeper than any of the teacher's values, some shallow
        keep(f"inputs/ofd/margins{k}", -0.8 - 0.5 * mixed((TEACHER[k][0],), 210 + k))
    margins = {f"margins{k}": f"inputs/ofd/margins{k}" for k in (1, 2, 3)}
    keep_term("ofd/three-stages", ofd, all_students, **lists, **margins)
    everything = {x: stored(where) for x, where in (lists | margins).items()}
    keep("ofd/three-stages/stages", torch.stack([ofd_stage(*(everything[f"{x}{k}"] for x in ("student", "teacher", "margins")))
                                                 for k in (1, 2, 3)]))
    keep("inputs/ofd/smaller", mixed((6, 9, 2, 2), 214))
    keep_term("ofd.stage/teacher-is-larger", ofd_stage, student="inputs/ofd/smaller", teacher="inputs/stages/plain/teacher2",
              margins=margins["margins2"])

    adapter = inside("inputs/adapters/same-size", "weight", "norm_weight", "norm_bias")
    adapted_maps = stage_inputs("plain", student="student2", teacher="teacher2")
    keep_term("ab.stage/adapted", ab_adapted, ADAPTER, options={"kind": "1x1", "margin": 1.0}, **adapted_maps, **adapter)
    keep_term("ab.stage/margin-2", ab_stage, options={"margin": 2.0}, **stage_inputs("plain", student="adapted3", teacher="teacher3"))
    keep_term("ofd.stage/adapted", ofd_adapted, ADAPTER, options={"kind": "1x1"}, **adapted_maps, **adapter, margins=margins["margins2"])
    for case in EXTREMES:
        maps = stage_inputs(case, student="adapted", teacher="teacher")
        keep_term(f"ab.stage/{case}", ab_stage, smooth=case == "one-image", options={"margin": 1.0}, **maps)
        keep_term(f"ofd.stage/{case}", ofd_stage, smooth=case == "one-image", **maps, margins=margins["margins3"])

    weight = keep("ofd.margin/plain/weight", [0.5, 1.0, 2.0, 0.1, 0.3, -0.7, 1.5, 0.05])
    bias = keep("ofd.margin/plain/bias", [0.0, 0.3, -1.0, 0.4, 0.9, -0.2, 4.4, -2.0])
    keep("ofd.margin/plain/margins", ofd_margins(weight, bias))
    keep_all("ofd.margin/zero-weight", weight=[0.0, 0.0, 0.0], bias=[-0.4, 0.0, 0.4])
    keep("ofd.margin/zero-weight/sensible.margins", [-0.4, 0.0, 0.0])


def make_review():
    students, teachers = ({f"{to}{k}": f"{what}{k}" for k in (1, 2, 3)} for to, what in (("student", "adapted"), ("teacher", "teacher")))
    keep_term("review.hcl/three-levels", review_hcl, "student1 student2 student3", **stage_inputs("plain", **students, **teachers))
    for case in EXTREMES:
        maps = stage_inputs(case, student1="adapted", teacher1="teacher")
        keep_term(f"review.hcl/{case}", review_hcl, "student1", case == "one-image", **maps)
    keep_all("inputs/review", student_embedding=mixed((6, 5, 1, 1), 220), adapted_embedding=mixed((6, 7, 1, 1), 221),
             teacher_embedding=mixed((6, 7, 1, 1), 222))
    keep_term("review.hcl/pooled-vectors", review_hcl, "student1", student1="inputs/review/adapted-embedding",
              teacher1="inputs/review/teacher-embedding")

    keep_fusion("two-levels", 5, 230, "inputs/stages/plain/student2", "inputs/stages/plain/student3", "inputs/stages/plain/teacher2",
                "inputs/stages/plain/teacher3")
    keep_fusion("pooled-vector", 4, 250, "inputs/stages/plain/student3", "inputs/review/student-embedding", "inputs/stages/plain/teacher3",
                "inputs/review/teacher-embedding")


def keep_fusion(case, middle, seed, student1, student2, teacher1, teacher2):
    channels = {"reduce1": (middle, stored(student1).shape[1], 1), "reduce2": (middle, stored(student2).shape[1], 1),
                "expand1": (stored(teacher1).shape[1], middle, 3), "expand2": (stored(teacher2).shape[1], middle, 3)}
    group, names = f"inputs/review/{case}", []
    for k, (name, (outputs, inputs, size)) in enumerate(channels.items()):
        tensors = {name: fan_in_scaled((outputs, inputs, size, size), seed + 3 * k, inputs * size * size),
                   f"{name}_norm_weight": 1 + 0.2 * mixed((outputs,), seed + 3 * k + 1),
                   f"{name}_norm_bias": 0.2 * mixed((outputs,), seed + 3 * k + 2)}
        keep_all(group, **tensors)
        names += tensors
    keep_all(group, attention=fan_in_scaled((2, 2 * middle, 1, 1), seed + 12, middle), attention_bias=[0.3, -0.4])
    names += ["attention", "attention_bias"]
    weights = inside(group, *names)
    maps = {"student1": student1, "student2": student2}
    keep_term(f"review.fusion/{case}", review_fusion, " ".join([*maps, *weights]), **maps, teacher1=teacher1, teacher2=teacher2, **weights)
    outputs = review_outputs(**{x: stored(where) for x, where in (maps | weights).items()})
    for name, output in zip(("output1", "output2", "shares"), outputs):
        keep(f"review.fusion/{case}/{name}", output)
