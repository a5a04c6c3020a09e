"""Makes method-references.json: what PyTorch computes for the loss and the gradients of every distillation method.

    python3 tests/Pupil.Tests/References/make_method_references.py            # rewrites method-references.json beside this file
    python3 tests/Pupil.Tests/References/make_method_references.py --check    # compares with it, writes nothing

Needs what make_references.py needs, and has its file format. All inputs are stored (thirteen significant digits, and what is stored is
what was used). A name is TERM/CASE/QUANTITY; the quantities are "value" and "gradient.X" for everything that may get a gradient: who is
not listed gets none. The words TERM/CASE/inputs say which stored tensor is which argument ("student = inputs/stages/plain/student2"),
TERM/CASE/options the plain numbers. Values have NO weight of the method in them, but T^2 where the method has it. Where a plain formula
is 0/0, infinite or without a derivative, TERM/CASE/words say so, and what is kept is a convention called "sensible.value" and
"sensible.gradient.X". Gradients that are 0 may be stored as 1e-17: compare with an absolute tolerance as well.

N images, K classes, T temperature. softmax and KL are over classes, KL is the mean over images, KL(a, b) = sum a (log a - log b).
unit(x) = x / max(|x|, 1e-12), except that a vector of zeros is a constant. "Pooled": adaptive average pooling to the smaller size.
Every equation that has public code (named below) was compared with it, gradients included; where they differ is said.

LOGITS (method_logits.py). Inputs inputs/logits/CASE/student, teacher (N x K), labels.
CASES plain, seven-classes, one-label (all images of one class, which the others lack), two-classes, one-image, identical, extreme
(+-1e4), student-without-opinion (zeros), teacher-without-opinion, student-always-the-same (one row for all images).
  dkd.target                T^2 KL of (p_y, 1 - p_y), T = 4, from log softmax and a log-sum-exp over the other classes
  dkd.rest                  T^2 KL of softmax((z without z_y) / T), T = 4: the target is taken out, not masked by -1000 (mdistiller
                            masks; the same, but for target logits 1000 T above the others. Its log of an underflowed p_y is infinite)
  dist.inter, .intra        T^2 (1 - mean of r), T = 4; also .temperature-1. r of the softmax rows (inter) or columns (intra): sum a b /
                            (|a| |b| + 1e-8) of the centred ones; the 1e-8 is added to the product (image_classification_sota).
                            hunto/DIST_KD itself has neither T nor T^2; torchdistill keeps the norms from falling below 1e-8 instead
                            of adding it, another value where probabilities are soft
  standardised.logits       (z - mean) / (1e-7 + standard deviation with K - 1), quantities "student", "teacher"
  standardised.kd           T^2 KL of both sides standardised, T = 2; the student's gradient goes through mean and deviation
  standardised.dkd.target, standardised.dkd.rest    likewise, T = 2
  mse.mean, mse.sum         mean over N and K (Zoo's Logits); sum over K, mean over N
  curriculum                CASE.theta-X: T^2 KL at T = 1 + 20 sigmoid(theta). gradient.theta is before the reversal and goes through
                            T^2 AND through both softmaxes: the teacher's target moves with theta too. (PyTorch's kl_div gives not a
                            number for theta where a target underflows: use log softmax on both sides.) plain.per-image: mean over
                            images of T_n^2 KL_n; gradients for student and temperatures
  experts.kd                T^2 KL(mean of two experts' softmax(z / T), student's), T = 4; inputs/experts/CASE/student, expert1, expert2
  mutual.peerI              cross-entropy of peer I + 1 / (peers - 1) sum over j of KL(softmax(z_j), softmax(z_i)), T = 1; the others
                            are blocked. Also "cross-entropy" and "divergence". Cases two-peers, three-peers, one-image, identical,
                            extreme

STAGES (method_stages.py, method_stage_cases.py). Inputs inputs/stages/plain/student1..3 (6 x 4x8x8, 6x4x4, 8x2x2), teacher1..3 (5x8x8,
9x4x4, 3x2x2), adapted1..3 (the teacher's shapes: what an adapter made of the student's). CASES one-image, identical, zero-maps (image 0
zero in the student, 1 in the teacher, 2 in both), all-zero (student) and large (1e4): inputs/stages/CASE/student, teacher, adapted.
  fitnets                   mean (relu(norm(conv(s))) - t)^2 over all; conv without bias (norm cancels one: its gradient is 0), norm in
                            training mode, biased variance, eps 1e-5. same-size: 1x1; student-is-larger: 3x3, stride 2, padding 1;
                            student-is-smaller: transposed, 4x4, stride 2, padding 1, weight (in, out, 4, 4). RepDistiller's ConvReg
  sp                        |G_s - G_t|_F^2 / N^2, G = rows of Q Q^T by unit, Q flattened maps
  nst                       mean k(t,t) + mean k(s,s) - 2 mean k(s,t), k = (x.y)^2 of unit channels, means over N and pairs; pooled
  vid                       0.5 mean((mu - t)^2 / v + log v) over all, mu = conv(relu(conv(relu(conv(s))))), 1x1 without bias, v = log(1
                            + exp(rho)) + 1e-5 per channel; pooled first. vid.initial/rho is log(exp(5 - 1e-5) - 1). Zoo has 1e-6;
                            mdistiller forgets to train rho
  ft.code                   mean over N and positions of |n(s) - n(t)|, n = unit(mean over channels of x^2, flattened); pooled
                            (RepDistiller)
  ft.paper                  mean over all of |unit(s) - unit(t)| of the flattened factors (Zoo)
  ab                        3/1000 sum over stages of 2^(k - 3) L_k, k = 1..3; "stages" has the L_k
  ab.stage                  L = sum over all of (s + m)^2 where t <= 0 and s > -m, (s - m)^2 where t > 0 and s <= m, / N; m = 1
                            (RepDistiller); margin-2 with m = 2. "adapted": s = norm(conv(student)), 1x1, no ReLU. Zoo takes the mean
                            over everything (and over stages) instead of the sum over N and 3/1000
  ofd                       sum over stages of 2^(k - 3) L_k; "stages" has the L_k. The published weight is 1e-3
  ofd.stage                 L = sum over all of (s - t')^2 / N, t' = max(t, margin), 0 where s <= t' <= 0; teacher pooled to the
                            student's size (mdistiller; overhaul-distillation has no pooling). "adapted": s = norm(conv(student)), 1x1.
                            Zoo: mean, batch margins
  ofd.margin                margins of weight, bias: E[x | x < 0] of N(bias, |weight|), -3 |weight| where P(x < 0) <= 0.001
  review.hcl                sum over pairs studentI, teacherI of sum w_l mean (pool_l(s) - pool_l(t))^2 / sum w_l; levels full (w 1),
                            then those of 4, 2, 1 smaller than the map's height, w halving with each level used (so a 4x4 map has w 1,
                            1/2, 1/4)
  review.fusion             level 2 (deep): r = norm(reduce2(student2)), output2 = norm(expand2(r)); level 1: x =
                            norm(reduce1(student1)), y = r by nearest upsampling, shares = sigmoid(attention(x, y) + bias), output1 =
                            norm(expand1(x shares_0 + y shares_1)); value = review.hcl(outputs, teachers). reduce 1x1, expand 3x3
                            padding 1, no bias; also output1, output2, shares. pooled-vector: the deep level is the embedding as a 1x1
                            map

EMBEDDINGS (method_embeddings.py). Inputs inputs/embeddings/CASE/student (N x 5), teacher (N x 7). CASES plain, one-image, two-images,
identical, zero-rows (row 1 of the student, 2 of the teacher), always-the-same, all-zero (student), opposite (student e, -e), large
(1e4).
smooth-L1: 0.5 d^2 below 1, |d| - 0.5 above; mean over all entries, the diagonal and its zeros included.
  rkd.distance              smooth-L1 over N^2 of distances (squares not below 1e-12) / mean over i != j; zero on the diagonal
  rkd.angle                 smooth-L1 over N^3 of cosines at i between x_j - x_i and x_k - x_i; zero where j or k is i
  pkt                       mean over N^2 of P_t log((P_t + 1e-7) / (P_s + 1e-7)), P = rows of (cos + 1) / 2 divided by their sums, the
                            cosines with x / (|x| + 1e-7). A mean, so 1/N of what a KL per row would be. Zoo has 1e-6
  cc.adjacent               d = |s - t|; mean over the N - 1 neighbours of sum_k d[n, k] d[n + 1, k]; inputs/cc/CASE/student, teacher (N
                            x 8), BOTH with gradient; "linear": of student and teacher through weight and bias (out x in), all but the
                            teacher's embedding with gradient. RepDistiller trains the teacher's projection as well
  cc.kernel                 mean over N^2 of (G_s - G_t)^2, G = exp(-2 gamma) sum over p = 0..2 of (2 gamma cos)^p / p!, gamma 0.4,
                            cosines of unit (Zoo). torchdistill takes the norm, not its square, / N^2, and does not normalise
  crd                       v = (W x + b) / norm for both; scores_s = exp(teacher-memory[contrast-indices] . v_s / 0.07), scores_t
                            likewise with student-memory; Z = mean(scores) * images in the data set (12), from the first batch, a
                            constant ever after; P = scores / Z, m = 5 negatives, q = m / 12: sum over both of -(sum log(P_0 / (P_0 + q
                            + 1e-7)) + sum log(q / (P_k + q + 1e-7))) / N. Column 0 of contrast-indices is the image itself. The memory
                            is read before it is written; afterwards memory[sample] = normalised(0.5 old + 0.5 v). Gradients for student
                            and both projections. Quantities student-z, teacher-z, student-embedded, teacher-embedded,
                            student-memory.after, teacher-memory.after
"""
import json
import pathlib

from make_references import NUMBERS, save
from method_cases import CHECKED
from method_checks import check_all
from method_degenerate import tell_degenerate
from method_embeddings import make_embeddings
from method_logits import make_logits
from method_stage_cases import make_stages

SCRIPT = pathlib.Path(__file__)

if __name__ == "__main__":
    make_logits()
    make_stages()
    make_embeddings()
    tell_degenerate()
    check_all()
    print(f"{len(CHECKED)} gradients agree with finite differences")
    others = json.loads(SCRIPT.with_name("references.json").read_text())["numbers"]
    assert not others.keys() & NUMBERS.keys(), "ReferenceNumbers looks names up in both files"
    save(SCRIPT)
