"""Words, and values where there are sensible ones, for the cases in which a plain formula is 0/0, infinite or without a derivative.

What is called sensible is a convention; the words say what any implementation must keep to. Everything must stay finite.
"""
import torch

from method_cases import keep, keep_words, stored
from method_logits import dkd_rest, dkd_target, softened, standardised

ANY = "Any finite gradient passes; zeros are the sensible one."
OTHERS = "All other rows' gradients hold under any convention."
KINK = "|a - b| has no derivative at 0; 0, the middle of its slopes, is what PyTorch gives, and the only one that leaves equals alone."
ZEROS = ("A vector of zeros divided by max(norm, 1e-12) stays zeros, so the value is the plain formula's. Its derivative would be the "
         "outer gradient times 1e12 (PyTorch's normalize gives that): finite, but one step of it ruins a network. The gradient kept here "
         "takes such a vector for a constant")


def tell_correlations():
    steep = ("The published formula's derivative there is the teacher's centred entries divided by 1e-8: finite, but of the order 1e5 to "
             "1e6, and one step of it ruins a network.")
    reasons = {
        ("dist.inter", "student-without-opinion"): "The student's probabilities are all 1/K, so every row, centred, is zeros",
        ("dist.intra", "student-without-opinion"): "The student's probabilities are all 1/K, so every column, centred, is zeros",
        ("dist.intra", "student-always-the-same"): "A class has the same probability for all images, so every column, centred, is zeros",
    }
    for (term, case), reason in reasons.items():
        for suffix, square in (("", 16), (".temperature-1", 1)):
            name = f"{term}{suffix}/{case}"
            keep(f"{name}/sensible.value", square)
            keep_words(name, f"{reason} and every correlation is 0: the value is T^2 = {square}.", steep, ANY,
                       "In float32 the rounding of the mean may leave 1e-8 instead of zeros, which the eps of 1e-8 damps only in part.")


def tell_standardised():
    teacher, labels = (stored(f"inputs/logits/student-without-opinion/{x}") for x in ("teacher", "labels"))
    even, target = torch.zeros_like(teacher), standardised(teacher)
    values = {"standardised.kd": softened(even, target, 2.0), "standardised.dkd.target": dkd_target(even, target, labels, 2.0),
              "standardised.dkd.rest": dkd_rest(even, target, labels, 2.0)}
    for term, value in values.items():
        name = f"{term}/student-without-opinion"
        keep(f"{name}/sensible.value", value)
        keep_words(name, "All logits of an image are equal, so the standardised ones are 0 / 1e-7 = 0 and the student guesses evenly: the "
                   "value is the teacher's divergence from that.",
                   "PyTorch's standard deviation has the gradient 0/0 there, not a number. The formula's derivative is the centring "
                   "divided by 1e-7: finite, but of no use.", ANY,
                   "Equal logits that are not zeros may leave rounding errors of 1e-8 in float32, which the division by (1e-7 + deviation) "
                   "makes 0.07 (ten logits of -0.1). Here they are zeros, so the value is exact.")


def tell_stages():
    for case in ("zero-maps", "all-zero"):
        keep_words(f"sp/{case}", f"{ZEROS}; an image of zeros still gets what comes through the other images' rows.", OTHERS)
        keep_words(f"ft.paper/{case}", f"{ZEROS}; an image of zeros then gets none.", OTHERS)
        keep_words(f"nst/{case}", "Defined: a channel enters squared, so one of zeros has the gradient 0 (PyTorch: 1e12 times 0).")
        keep_words(f"ft.code/{case}", "Defined: the map of squares has the gradient 0 where all is zero (PyTorch: 1e12 times 0).")
    for form in ("code", "paper"):
        keep_words(f"ft.{form}/identical", "The value is 0.", KINK)
    keep_words("vid/extreme-rho", "The variances are 1000, 0 and 90, plus 1e-5: log(1 + exp(rho)) as the public code writes it overflows "
               "above rho = 88 in float32, 709 in float64; softplus does not. The gradient for the rho of -1000 is 0.")
    keep_words("ofd.margin/zero-weight", "bias / 0 is undefined (the public code stops with an error). Such a channel always has the value "
               "of its bias: below zero that is what it is on average when it is negative; otherwise the limit of -3 |weight|, 0, is left.")
    for name in ("fitnets", "ab.stage", "ofd.stage", "review.fusion"):
        keep_words(f"{name}/one-image-of-one-pixel", "Batch norm of a single value per channel: (x - mean) / sqrt(0 + 1e-5) = 0, so the "
                   "output is the norm's bias and no gradient reaches what lies before it. PyTorch refuses such a batch in training "
                   "mode. A finite value, and an error that says so, are both sensible.")


def tell_embeddings():
    keep("rkd.distance/one-image/sensible.value", 0)
    keep_words("rkd.distance/one-image", "There is no pair of images: the mean distance is 0/0. Nothing to compare, so the value is 0 and "
               "the gradient zeros.")
    for case in ("always-the-same", "all-zero"):
        keep_words(f"rkd.distance/{case}", "All distances are 0. The published code lets no squared distance fall below 1e-12, so all are "
                   "1e-6 and, divided by their mean, 1: the value kept here; the clamp blocks the gradient, which is 0. Distances of 0 "
                   "after the division are as sensible: any finite value with a gradient of zeros passes.",
                   "Distances by the expansion a^2 + b^2 - 2ab are rounding errors of 1e-7 a^2 instead of 0 in float32.")
        keep_words(f"rkd.angle/{case}", f"All differences are vectors of zeros. {ZEROS}: no one gets a gradient. (The diagonal, x_i - x_i, "
                   "never matters: its cosines are 0 for the teacher too.)")
    for case in ("zero-rows", "all-zero"):
        keep_words(f"pkt/{case}", "A row of zeros divided by (norm + 1e-7) stays zeros: its cosines are 0, its affinities 1/2. The "
                   "derivative is 1e7 times the outer gradient, and PyTorch's square root makes it not a number; the gradient kept here "
                   "takes the row for a constant.", OTHERS)
        keep_words(f"cc.kernel/{case}", f"{ZEROS}.", OTHERS)
    keep_words("pkt/opposite", "Defined: the affinity is (1 - 1) / 2 = 0 but for the 1e-7 in the norms. In float32 it may come out as "
               "-6e-8, which the 1e-7 in the logarithm only just carries.")
    keep_words("cc.adjacent/identical", "The value is 0.", KINK)
    keep("cc.adjacent/one-image/sensible.value", 0)
    keep_words("cc.adjacent/one-image", "There is no pair of neighbours: the mean over N - 1 = 0 pairs is 0/0. Nothing to compare, so the "
               "value is 0 and no one gets a gradient.")
    keep_words("crd/second-step", "The same batch again: the memory is what the first step left, Z is the first step's and stays so.")
    keep_words("crd/zero-projection", "A projection of zeros divided by its norm is 0/0. With max(norm, 1e-12) the direction is zeros and "
               "all scores are exp(0) = 1 before the division by Z; it should get no gradient, and its row in the memory should become "
               "half the old row, normalised (the old row where that is zeros too).")
    keep_words("crd/no-negatives", "All images of the data set have one class: there is nothing to draw negatives from. That is no matter "
               "of a batch but of the data set: an error before training is the sensible answer.")


def tell_degenerate():
    tell_correlations()
    tell_standardised()
    tell_stages()
    tell_embeddings()
