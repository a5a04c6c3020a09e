"""Methods on logits: see make_method_references.py for the conventions."""
import torch

from make_references import cross_entropy, divergence, mixed
from method_cases import inside, keep, keep_all, keep_term, stored

# ------------------------------------------------------------------------------------------------------------ equations


def without_target(x, labels):
    """N x (K - 1): each row without its label's entry, in order."""
    images, classes = x.shape
    others = torch.arange(classes).expand(images, classes) != labels[:, None]
    return x[others].reshape(images, classes - 1)


def target_and_rest(logits, labels, temperature):
    """N x 2: the logarithms of the target's probability and of all the others' together."""
    log_probabilities = (logits / temperature).log_softmax(1)
    target = log_probabilities[torch.arange(len(labels)), labels]
    return torch.stack([target, without_target(log_probabilities, labels).logsumexp(1)], 1)


def mean_divergence(log_target, log_guess):
    return (log_target.exp() * (log_target - log_guess)).sum(1).mean()


def dkd_target(student, teacher, labels, temperature=4.0):
    sides = [target_and_rest(logits, labels, temperature) for logits in (teacher, student)]
    return temperature ** 2 * mean_divergence(*sides)


def dkd_rest(student, teacher, labels, temperature=4.0):
    sides = [(without_target(logits, labels) / temperature).log_softmax(1) for logits in (teacher, student)]
    return temperature ** 2 * mean_divergence(*sides)


def pearson_of_rows(a, b, epsilon=1e-8):
    a, b = (x - x.mean(1, keepdim=True) for x in (a, b))
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1) + epsilon)


def dist_inter(student, teacher, temperature):
    return temperature ** 2 * (1 - pearson_of_rows((student / temperature).softmax(1), (teacher / temperature).softmax(1)).mean())


def dist_intra(student, teacher, temperature):
    columns = [(logits / temperature).softmax(1).T for logits in (student, teacher)]
    return temperature ** 2 * (1 - pearson_of_rows(*columns).mean())


def standardised(logits):
    centred = logits - logits.mean(1, keepdim=True)
    deviation = ((centred ** 2).sum(1, keepdim=True) / (logits.shape[1] - 1)).sqrt()
    return centred / (1e-7 + deviation)


def softened(student, teacher, temperature):
    return temperature ** 2 * divergence(student, teacher, temperature)


def standardised_kd(student, teacher, temperature=2.0):
    return softened(standardised(student), standardised(teacher), temperature)


def standardised_dkd_target(student, teacher, labels, temperature=2.0):
    return dkd_target(standardised(student), standardised(teacher), labels, temperature)


def standardised_dkd_rest(student, teacher, labels, temperature=2.0):
    return dkd_rest(standardised(student), standardised(teacher), labels, temperature)


def curriculum(student, teacher, theta):
    return softened(student, teacher, 1 + 20 * torch.sigmoid(theta))


def curriculum_per_image(student, teacher, temperatures):
    target, guess = ((logits / temperatures[:, None]).log_softmax(1) for logits in (teacher, student))
    return (temperatures ** 2 * (target.exp() * (target - guess)).sum(1)).mean()


def mse_mean(student, teacher):
    return ((student - teacher) ** 2).mean()


def mse_sum(student, teacher):
    return ((student - teacher) ** 2).sum(1).mean()


def experts_kd(student, expert1, expert2, temperature=4.0):
    sides = [(logits / temperature).log_softmax(1) for logits in (expert1, expert2)]
    mean = torch.logsumexp(torch.stack(sides), 0) - torch.tensor(2.0).log()
    return temperature ** 2 * mean_divergence(mean, (student / temperature).log_softmax(1))


def mutual_divergence(own, others):
    return sum(divergence(own, other.detach()) for other in others) / len(others)


def mutual(labels, learner, **peers):
    own = peers[learner]
    return cross_entropy(own, labels) + mutual_divergence(own, [peer for name, peer in peers.items() if name != learner])


# ---------------------------------------------------------------------------------------------------------------- cases


def keep_logits_case(case, student, teacher, labels, smooth=False, degenerate=()):
    """degenerate: the terms that are told in words here."""
    group = f"inputs/logits/{case}"
    keep_all(group, student=student, teacher=teacher, labels=labels)
    pair, with_labels = inside(group, "student", "teacher"), inside(group, "student", "teacher", "labels")
    terms = {
        "dkd.target": (dkd_target, with_labels, {"temperature": 4.0}),
        "dkd.rest": (dkd_rest, with_labels, {"temperature": 4.0}),
        "dist.inter": (dist_inter, pair, {"temperature": 4.0}),
        "dist.intra": (dist_intra, pair, {"temperature": 4.0}),
        "dist.inter.temperature-1": (dist_inter, pair, {"temperature": 1.0}),
        "dist.intra.temperature-1": (dist_intra, pair, {"temperature": 1.0}),
        "standardised.kd": (standardised_kd, pair, {"temperature": 2.0}),
        "standardised.dkd.target": (standardised_dkd_target, with_labels, {"temperature": 2.0}),
        "standardised.dkd.rest": (standardised_dkd_rest, with_labels, {"temperature": 2.0}),
        "mse.mean": (mse_mean, pair, None),
        "mse.sum": (mse_sum, pair, None),
    }
    for name, (equation, inputs, options) in terms.items():
        if not name.startswith(tuple(degenerate)):
            keep_term(f"{name}/{case}", equation, smooth=smooth, options=options, **inputs)


def keep_curriculum_cases(case, smooth, thetas=(1.0, -0.5)):
    pair = inside(f"inputs/logits/{case}", "student", "teacher")
    for theta in thetas:
        name = f"curriculum/{case}.theta-{theta:g}"
        keep_all(name, theta=theta)
        keep_term(name, curriculum, "student theta", smooth, theta=f"{name}/theta", **pair)


def keep_mutual_cases(case, peers, smooth):
    group = f"inputs/mutual/{case}"
    keep_all(group, **peers)
    labels = "inputs/logits/one-image/labels" if case == "one-image" else "inputs/logits/plain/labels"
    for learner in peers:
        name = f"mutual.{learner}/{case}"
        keep_term(name, mutual, learner, smooth, options={"learner": learner}, labels=labels, **inside(group, *peers))
        others = [peer for x, peer in peers.items() if x != learner]
        keep(f"{name}/cross-entropy", cross_entropy(peers[learner], stored(labels)))
        keep(f"{name}/divergence", mutual_divergence(peers[learner], others))


def extreme(*seeds):
    """+-1e4 mixed over the classes; image 0 certain and of one mind, image 1 certain and opposed."""
    logits = [1e4 * mixed((6, 10), seed).sign() for seed in seeds]
    for k, one in enumerate(logits):
        one[:2] = -1e4
        one[0, 0] = one[1, (3, 8, 5)[k]] = 1e4
    return logits


def make_logits():
    labels = torch.tensor([0, 3, 9, 3, 7, 1])
    student, teacher = 2 * mixed((6, 10), 101), 3 * mixed((6, 10), 102)
    keep_logits_case("plain", student, teacher, labels, smooth=True)
    keep_logits_case("seven-classes", 2 * mixed((6, 7), 103), 3 * mixed((6, 7), 104), torch.tensor([6, 0, 2, 5, 2, 3]), smooth=True)
    keep_logits_case("one-label", student, teacher, torch.full((6,), 4))
    keep_logits_case("two-classes", student[:, :2], teacher[:, :2], torch.tensor([0, 1, 1, 0, 1, 1]))
    keep_logits_case("one-image", student[1:2], teacher[1:2], labels[1:2])
    keep_logits_case("identical", teacher, teacher, labels)
    keep_logits_case("extreme", *extreme(105, 106), labels)
    keep_logits_case("student-without-opinion", torch.zeros(6, 10), teacher, labels, degenerate=("dist", "standardised"))
    keep_logits_case("teacher-without-opinion", student, torch.zeros(6, 10), labels)
    keep_logits_case("student-always-the-same", student[:1].repeat(6, 1), teacher, labels, degenerate=("dist.intra",))
    for case in ("plain", "seven-classes"):
        for side in ("student", "teacher"):
            keep(f"standardised.logits/{case}/{side}", standardised(stored(f"inputs/logits/{case}/{side}")))

    keep_curriculum_cases("plain", smooth=True)
    keep_curriculum_cases("one-image", smooth=True)
    keep_curriculum_cases("identical", smooth=False)
    keep_curriculum_cases("extreme", smooth=False)
    keep_curriculum_cases("plain", smooth=False, thetas=(60.0, -60.0))
    keep_all("inputs/curriculum", temperatures=[1.0, 2.5, 4.0, 8.0, 13.5, 20.75])
    keep_term("curriculum/plain.per-image", curriculum_per_image, "student temperatures", student="inputs/logits/plain/student",
              teacher="inputs/logits/plain/teacher", temperatures="inputs/curriculum/temperatures")

    experts = {"plain": (student, teacher, 3 * mixed((6, 10), 107)), "one-image": (student[:1], teacher[:1], teacher[1:2]),
               "identical": (teacher, teacher, teacher), "extreme": extreme(108, 109, 110)}
    for case, (own, expert1, expert2) in experts.items():
        group = f"inputs/experts/{case}"
        keep_all(group, student=own, expert1=expert1, expert2=expert2)
        keep_term(f"experts.kd/{case}", experts_kd, smooth=case in ("plain", "one-image"), options={"temperature": 4.0},
                  **inside(group, "student", "expert1", "expert2"))

    peers = [2 * mixed((6, 10), 110 + k) for k in (1, 2, 3)]
    keep_mutual_cases("two-peers", {"peer1": peers[0], "peer2": peers[1]}, smooth=True)
    keep_mutual_cases("three-peers", {"peer1": peers[0], "peer2": peers[1], "peer3": peers[2]}, smooth=True)
    keep_mutual_cases("one-image", {"peer1": peers[0][:1], "peer2": peers[1][:1]}, smooth=True)
    keep_mutual_cases("identical", {"peer1": peers[0], "peer2": peers[0]}, smooth=True)
    keep_mutual_cases("extreme", dict(zip(("peer1", "peer2"), extreme(114, 115))), smooth=False)
