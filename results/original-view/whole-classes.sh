# The 20 classes of which the part of Tiny ImageNet at hand has all pictures, as a picture folder: whole/train/CLASS, whole/test/CLASS.
# $1: tiny-imagenet-200.zip
set -euo pipefail
unzip -q "$1" 'tiny-imagenet-200/train/*' 'tiny-imagenet-200/val/*' 'tiny-imagenet-200/words.txt'
mkdir -p whole/train whole/test
for folder in tiny-imagenet-200/train/*/; do
    class=$(basename "$folder")
    pictures=("$folder"images/*)
    ((${#pictures[@]} == 500)) || continue
    mkdir -p "whole/train/$class" "whole/test/$class"
    cp "${pictures[@]}" "whole/train/$class"
    awk -v class="$class" '$2 == class { print $1 }' tiny-imagenet-200/val/val_annotations.txt |
        while read -r picture; do cp "tiny-imagenet-200/val/images/$picture" "whole/test/$class"; done
done
