# Imports akamaster's files and measures them, and two as ONNX: sh measure.sh > measured.txt
say() { echo "\$ $*"; "$@"; }
say pupil --version
grep -m1 "model name" /proc/cpuinfo
for file in resnet20-12fca82f resnet32-d509ac18 resnet44-014dd654 resnet56-4bfd9763; do
  network=${file%%-*}
  say pupil import $file.th --recipe cifar10/quick --data data/cifar-10-batches-bin --normalization imagenet --out $network.safetensors --threads 1
done
for file in resnet20-12fca82f resnet56-4bfd9763; do
  python3 make_onnx.py $file.th ${file%%-*}.onnx 2> /dev/null
  say pupil evaluate ${file%%-*}.onnx --recipe cifar10/quick --data data/cifar-10-batches-bin --normalization imagenet --threads 1
done
