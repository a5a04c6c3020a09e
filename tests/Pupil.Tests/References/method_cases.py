"""What the method_*.py files share: cases with named inputs, their gradients, and the check of every gradient."""
import torch

import make_references
from make_references import NUMBERS, WORDS

CHECKED = []


def keep(name, value):
    """Thirteen significant digits: what is kept is what is used afterwards, and the file stays small."""
    value = torch.as_tensor(value, dtype=torch.float64).detach()
    rounded = torch.tensor([float(f"{x:.13g}") for x in value.flatten().tolist()])
    return make_references.keep(name, rounded.reshape(value.shape))


def keep_all(group, **tensors):
    for name, tensor in tensors.items():
        keep(f"{group}/{dashed(name)}", tensor)


def stored(name):
    entry = NUMBERS[name]
    tensor = torch.tensor(entry["values"]).reshape(entry["shape"])
    return tensor.long() if name.endswith(("labels", "indices")) else tensor


def dashed(name):
    return name.replace("_", "-")


def inside(group, *names):
    """The equation's arguments -> where they lie when each lies in the group under its own name."""
    return {x: f"{group}/{dashed(x)}" for x in names}


def keep_words(name, *sentences):
    WORDS[f"{name}/words"] = list(sentences)


def keep_term(name, equation, trained="student", smooth=True, sensible=False, options=None, **inputs):
    """Keeps NAME/value and NAME/gradient.X for each X in trained, and says in the words NAME/inputs where the inputs lie.

    inputs: the equation's argument -> the name of a stored tensor. options: its plain arguments.
    smooth: the gradients must agree with central differences (the cases that are not extreme).
    sensible: the plain formula is 0/0 or infinite here; what is kept is a convention, under "sensible.value" and so on.
    """
    WORDS[f"{name}/inputs"] = [f"{dashed(x)} = {where}" for x, where in inputs.items()]
    if options:
        WORDS[f"{name}/options"] = [f"{dashed(x)} = {value}" for x, value in options.items()]
    tensors = {x: stored(where) for x, where in inputs.items()}
    leaves = {x: tensors[x].requires_grad_() for x in trained.split()}
    value = equation(**tensors, **(options or {}))
    gradients = torch.autograd.grad(value, list(leaves.values()))
    prefix = f"{name}/sensible." if sensible else f"{name}/"
    keep(f"{prefix}value", value)
    for (x, leaf), gradient in zip(leaves.items(), gradients):
        keep(f"{prefix}gradient.{dashed(x)}", gradient)
        if smooth:
            check_gradient(f"{name} {x}", lambda: equation(**tensors, **(options or {})), leaf, gradient)
    return value.detach()


def check_gradient(name, value, leaf, gradient, step=1e-5):
    """Central differences, entry by entry."""
    with torch.no_grad():
        flat, scale = leaf.view(-1), float(gradient.abs().max())
        assert scale > 0, f"{name}: a gradient of zeros shows nothing"
        for k, expected in enumerate(gradient.flatten().tolist()):
            here = float(flat[k])
            flat[k] = here + step
            above = float(value())
            flat[k] = here - step
            below = float(value())
            flat[k] = here
            found = (above - below) / (2 * step)
            assert abs(found - expected) <= 1e-5 * scale + 1e-9 * abs(above), (name, k, found, expected)
    CHECKED.append(name)


def unit(x, dim=1):
    """x / max(|x|, 1e-12) along dim; rows of zeros stay zeros and are constants: they get no gradient.

    For all other rows this is PyTorch's normalize; there a row of zeros gets its gradient times 1e12.
    """
    empty = (x == 0).all(dim, keepdim=True)
    filled = torch.where(empty, torch.ones_like(x), x)
    return torch.where(empty, torch.zeros_like(x), filled / (filled ** 2).sum(dim, keepdim=True).sqrt().clamp_min(1e-12))
