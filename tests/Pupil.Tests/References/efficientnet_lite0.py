"""EfficientNet-Lite0 by its published definition (github.com/tensorflow/tpu, efficientnet/lite: EfficientNet-B0 without
squeeze-and-excitation, with ReLU6, stem and head not scaled), with the names and the symmetric padding of timm's efficientnet_lite0."""
from torch import nn


class LiteBlock(nn.Module):
    def __init__(self, inputs, outputs, size, stride, expansion):
        super().__init__()
        wide = inputs * expansion
        if expansion > 1:
            self.conv_pw, self.bn1 = nn.Conv2d(inputs, wide, 1, bias=False), nn.BatchNorm2d(wide)
        self.conv_dw = nn.Conv2d(wide, wide, size, stride, size // 2, groups=wide, bias=False)
        if expansion > 1:
            self.bn2 = nn.BatchNorm2d(wide)
            self.conv_pwl, self.bn3 = nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        else:
            self.bn1 = nn.BatchNorm2d(wide)
            self.conv_pw, self.bn2 = nn.Conv2d(wide, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        self.expands, self.adds, self.act = expansion > 1, stride == 1 and inputs == outputs, nn.ReLU6()

    def forward(self, x):
        if self.expands:
            y = self.act(self.bn1(self.conv_pw(x)))
            y = self.bn3(self.conv_pwl(self.act(self.bn2(self.conv_dw(y)))))
        else:
            y = self.bn2(self.conv_pw(self.act(self.bn1(self.conv_dw(x)))))
        return x + y if self.adds else y


class EfficientNetLite0(nn.Module):
    def __init__(self, num_classes=1000):
        super().__init__()
        self.conv_stem, self.bn1 = nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32)
        groups, inputs = [], 32
        for expansion, outputs, count, stride, size in ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
                                                        (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)):
            groups.append(nn.Sequential(*[LiteBlock(outputs if i else inputs, outputs, size, 1 if i else stride, expansion)
                                          for i in range(count)]))
            inputs = outputs
        self.blocks = nn.Sequential(*groups)
        self.conv_head, self.bn2 = nn.Conv2d(320, 1280, 1, bias=False), nn.BatchNorm2d(1280)
        self.act, self.classifier = nn.ReLU6(), nn.Linear(1280, num_classes)

    def forward(self, x):
        x = self.blocks(self.act(self.bn1(self.conv_stem(x))))
        return self.classifier(self.act(self.bn2(self.conv_head(x))).mean((2, 3)))
