"""Makes deployed-references.json: what torchvision's networks compute, those that people deploy.

    python3 tests/Pupil.Tests/References/make_deployed_references.py            # rewrites deployed-references.json beside this file
    python3 tests/Pupil.Tests/References/make_deployed_references.py --check    # compares with deployed-references.json, writes nothing

Needs torchvision (Debian 12: `apt-get install python3-torchvision`; written with 0.14). Weights and images are those of
make_network_references.py, in the order of Pupil's names. EfficientNet-Lite0, which torchvision lacks, is that of
efficientnet_lite0.py. Dropout and stochastic depth are off.
"""
import pathlib
import sys

import torch
import torchvision
from torch import nn
from torchvision.models.efficientnet import MBConv
from torchvision.models.mobilenetv2 import InvertedResidual
from torchvision.models.mobilenetv3 import InvertedResidual as SwishResidual
from torchvision.models.regnet import ResBottleneckBlock
from torchvision.ops.misc import SqueezeExcitation

sys.dont_write_bytecode = True
import make_references as base  # noqa: E402
from efficientnet_lite0 import EfficientNetLite0, LiteBlock  # noqa: E402

# Height, width and number of images.
CASES = {
    "imagenet-mobilenet-v2-0.35": (35, 64, 2), "mobilenet-v3-small": (64, 41, 2), "mobilenet-v3-large": (33, 64, 2),
    "efficientnet-b0": (40, 64, 2), "efficientnet-lite0": (64, 35, 2), "regnet-y-400mf": (35, 64, 2),
    "vit-tiny-8": (24, 24, 2),
}
COSTS = {
    **{f"imagenet-mobilenet-v2-{width}": 32 for width in ("0.25", "0.35", "0.5", "0.75", "1", "1.4", "2")},
    "mobilenet-v3-small": 32, "mobilenet-v3-large": 32, "efficientnet-b0": 32, "efficientnet-lite0": 32, "regnet-y-400mf": 32,
}


def make_network(name, height=32, classes=10):
    """The network in torchvision's form."""
    models = torchvision.models
    if name.startswith("imagenet-mobilenet-v2-"):
        network = models.mobilenet_v2(num_classes=classes, width_mult=float(name.rsplit("-", 1)[1]))
    elif name.startswith("vit-tiny-"):
        network = models.VisionTransformer(image_size=height, patch_size=int(name.rsplit("-", 1)[1]), num_layers=12, num_heads=3,
                                           hidden_dim=192, mlp_dim=768, num_classes=classes)
    elif name == "efficientnet-lite0":
        network = EfficientNetLite0(num_classes=classes)
    else:
        network = getattr(models, name.replace("mobilenet-", "mobilenet_").replace("-", "_"))(num_classes=classes)
    for layer in network.modules():
        if isinstance(layer, (nn.Dropout, torchvision.ops.StochasticDepth)):
            layer.p = 0
    return network


BLOCKS = (InvertedResidual, SwishResidual, MBConv, LiteBlock, ResBottleneckBlock)


class Watched:
    """A network under Pupil's names, with the maps of its last run. A stage ends with the last block of each resolution."""

    def __init__(self, network, images):
        self.network, self.classifier = network, [x for x in network.modules() if isinstance(x, nn.Linear)][-1]
        self.blocks = {name: x for name, x in network.named_modules() if isinstance(x, BLOCKS)}
        self.outputs, self.befores = {}, {}
        for name, block in self.blocks.items():
            block.register_forward_hook(lambda block, _, output, name=name: self.outputs.__setitem__(name, output))
            if isinstance(block, ResBottleneckBlock):
                block.activation.inplace = False
                block.activation.register_forward_pre_hook(lambda _, inputs, name=name: self.befores.__setitem__(name, inputs[0]))
        self.classifier.register_forward_pre_hook(lambda _, inputs: setattr(self, "embedding", inputs[0]))
        with torch.no_grad():
            network.eval()(images)
        self.names, self.lasts, size, stage = {}, [], None, 0
        for name in self.blocks:
            if self.outputs[name].shape[2:] != size:
                size, stage, index = self.outputs[name].shape[2:], stage + 1, 0
                self.lasts.append(name)
            self.lasts[-1] = name
            self.names[name] = f"stage{stage}.{index}"
            index += 1

    def __call__(self, images):
        logits = self.network(images)
        self.maps = [self.outputs[name] for name in self.lasts]
        self.inputs_of_relu = [self.befores.get(name, self.outputs[name]) for name in self.lasts]
        return logits

    def own(self, tensor):
        module, kind = tensor.rsplit(".", 1)
        for name, block in self.blocks.items():
            if module.startswith(name + "."):
                return f"{self.names[name]}.{self.inside(block)[module[len(name) + 1:]]}.{kind}"
        others = {"features.0.0": "stem", "features.0.1": "norm", "stem.0": "stem", "stem.1": "norm", "fc": "classifier",
                  "conv_stem": "stem", "bn1": "norm", "conv_head": "exit.0.conv", "bn2": "exit.0.norm"}
        layer = self.network.get_submodule(module)
        if layer is self.classifier or module in others:
            return f"{'classifier' if layer is self.classifier else others[module]}.{kind}"
        if isinstance(layer, nn.Linear):
            return f"embedding.{kind}"
        return f"exit.0.{'conv' if isinstance(layer, nn.Conv2d) else 'norm'}.{kind}"

    @staticmethod
    def inside(block):
        """Pupil's names of a block's layers, by their order and sizes."""
        if isinstance(block, ResBottleneckBlock):
            return {"proj.0": "shortcut", "proj.1": "shortcutNorm", "f.a.0": "conv1", "f.a.1": "norm1", "f.b.0": "conv2", "f.b.1": "norm2",
                    "f.c.0": "conv3", "f.c.1": "norm3", "f.se.fc1": "squeeze.reduction", "f.se.fc2": "squeeze.expansion"}
        names, squeezes = {}, [name for name, x in block.named_modules() if isinstance(x, SqueezeExcitation)]
        for name in squeezes:
            names[f"{name}.fc1"], names[f"{name}.fc2"] = "squeeze.reduction", "squeeze.expansion"
        layers = [(name, x) for name, x in block.named_modules() if isinstance(x, (nn.Conv2d, nn.BatchNorm2d)) and name not in names]
        for kind, own in ((nn.Conv2d, "conv"), (nn.BatchNorm2d, "norm")):
            some = [name for name, x in layers if isinstance(x, kind)]
            names.update(zip(some, [f"{unit}.{own}" for unit in ("expansion", "depthwise", "projection")[-len(some):]]))
        return names

    def state_dict(self):
        return {self.own(name): x for name, x in self.network.state_dict().items() if not name.endswith("num_batches_tracked")}

    def named_parameters(self):
        return [(self.own(name), x) for name, x in self.network.named_parameters()]


class WatchedTransformer(Watched):
    """A transformer, whose stages are the patches' tokens after every third block, as maps."""

    def __init__(self, network, images):
        self.network, self.classifier = network, network.heads.head
        self.blocks, self.outputs, self.befores = dict(network.encoder.layers.named_children()), {}, {}
        self.lasts = list(self.blocks)[2::3]
        for name, block in self.blocks.items():
            block.register_forward_hook(lambda block, _, output, name=name: self.outputs.__setitem__(name, self.as_map(output)))
        self.classifier.register_forward_pre_hook(lambda _, inputs: setattr(self, "embedding", inputs[0]))

    def as_map(self, tokens):
        side = self.network.image_size // self.network.patch_size
        return tokens[:, 1:].transpose(1, 2).unflatten(2, (side, side))

    def own(self, tensor):
        parts = {"conv_proj": "stem", "ln_1": "norm1", "in_proj_weight": "queryKeyValue.weight", "in_proj_bias": "queryKeyValue.bias",
                 "out_proj": "output", "ln_2": "norm2", "0": "expansion", "3": "projection", "ln": "norm", "head": "classifier",
                 "class_token": "classToken.weight", "pos_embedding": "positions.weight"}
        path = tensor.split(".")
        own = parts.get(path[-1]) or f"{parts[path[-2]]}.{path[-1]}"
        block = next((int(part.rsplit("_", 1)[1]) for part in path if part.startswith("encoder_layer_")), None)
        return own if block is None else f"stage{block // 3 + 1}.{block % 3}.{own}"


def keep_transformer_cost(name, side, patch, width=192, blocks=12, classes=10):
    """In numbers: the hooks of keep_cost do not see the layers within torch's attention."""
    tokens, network = (side // patch) ** 2 + 1, make_network(name, side)
    layers = 12 * width ** 2  # 3 for queries, keys and values, 1 for the output, 4 + 4
    products = 2 * tokens * width  # for each token
    base.keep(f"cost/{name}/parameters", sum(x.numel() for x in network.parameters()))
    base.keep(f"cost/{name}/multiply-adds",
              (tokens - 1) * width * 3 * patch ** 2 + blocks * tokens * (layers + products) + width * classes)


def keep_network(name, height, width, count):
    images = base.wave((count, 3, height, width), height + width, scattered=True)
    network = (WatchedTransformer if name.startswith("vit-") else Watched)(make_network(name, height), images)
    base.fill(network)
    for mode in ("evaluation", "training"):
        network.network.train(mode == "training")
        logits = network(images)
        group = f"deployed/{name}/{mode}"
        base.keep(f"{group}/logits", logits)
        base.keep_map(f"{group}/embedding", network.embedding)
        for k, (x, before) in enumerate(zip(network.maps, network.inputs_of_relu), 1):
            base.keep_map(f"{group}/stage{k}", x)
            if not name.startswith("vit-"):
                base.keep_map(f"{group}/stage{k}.pre-activation", before)
    loss = base.cross_entropy(logits, torch.arange(count))
    loss = loss + sum((before ** 3).mean() for before in network.inputs_of_relu)
    loss.backward()
    base.keep(f"{group}/loss", loss)
    # In the order of Pupil's names; a weight without gradient is an error.
    base.keep(f"{group}/gradient-norms", [x.grad.norm() for _, x in sorted(network.named_parameters())])
    state = network.state_dict()
    base.keep(f"{group}/state-norms", [state[tensor].norm() for tensor in sorted(state) if ".running_" in tensor])


def main():
    for name, (height, width, count) in CASES.items():
        keep_network(name, height, width, count)
    for name, size in COSTS.items():
        base.keep_cost(name, make_network(name), size)
    keep_transformer_cost("vit-tiny-4", 32, 4)
    keep_transformer_cost("vit-tiny-8", 32, 8)
    base.save(pathlib.Path(__file__))


if __name__ == "__main__":
    main()
