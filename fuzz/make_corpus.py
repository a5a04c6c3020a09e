"""Writes the seeds of fuzz/corpus: one or a few small valid inputs for each target. Python's standard library alone.

Seeds that need other programs are not written here: packed/ is the output of `pupil data convert` without the padding of its header,
and elf/ that of gcc. Files named
fault-* are inputs that revealed a fault.
"""
import base64
import gzip
import io
import json
import pathlib
import struct
import tarfile
import zipfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "fuzz" / "corpus"
TESTS = ROOT / "tests" / "Pupil.Tests"
KEPT = TESTS / "Cli" / "KeptFolders" / "v0.1"


def write(target, name, content):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def safetensors(tensors, metadata=None):
    header, values = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(values), len(values) + len(content)]}
        values += content
    text = compact(header).encode()
    return struct.pack("<Q", len(text)) + text + values


def header_of(path):
    content = path.read_bytes()
    return content[8:8 + struct.unpack("<Q", content[:8])[0]].rstrip()


def settings():
    write("recipe", "smoke", (ROOT / "recipes" / "smoke.jsonc").read_text())
    write("recipe", "all-parts", """{
  // Every kind of value.
  "name": "a", "preset": "released-code", "seed": 1,
  "data": { "source": { "name": "shapes" }, "heldOut": 100, "augmentation": { "pad": 2 } },
  "expert": { "network": "wrn-16-1", "training": { "epochs": 2 }, "method": "supervised" },
  "method": { "name": "kd", "temperature": 4 },
  "students": [{ "network": { "architecture": "wrn-10-1", "dropout": 0.1 }, "taught": true }],
  "training": { "epochs": 3, "batchSize": 64, "optimizer": { "learningRate": 1e-2 }, "schedule": { "name": "cosine" } },
}""")
    write("overrides", "several", 'training.epochs=3\nstudents[0].network=wrn-16-1\nmethod={"name":"kd"}\nabout=a b')
    write("comparison", "smoke", (KEPT / "comparison" / "comparison.json").read_text().replace("recipes/kept.jsonc", "smoke"))


def shorter(value):
    """The first two items of every list and object of networks."""
    if isinstance(value, list):
        return [shorter(item) for item in value[:3]]
    return {key: shorter(item) for key, item in value.items()} if isinstance(value, dict) else value


def records():
    write("environment", "one", compact(json.loads((KEPT / "run" / "environment.json").read_text())))
    write("epochs", "two", "".join(compact(shorter(json.loads(line))) + "\n"
                                   for line in (KEPT / "run" / "epochs.jsonl").read_text().splitlines()[:2]))
    write("summary", "run", compact(shorter(json.loads((KEPT / "run" / "run.json").read_text()))))
    cell = next(iter(sorted((KEPT / "comparison" / "cells").rglob("run.json"))))
    summary = json.loads(cell.read_text())
    student = summary["networks"][0]
    student["best"] = None
    for point in [student["last"]]:
        for part in ("heldOut", "test"):
            point[part]["focus"] = dict(list(point[part]["focus"].items())[:1])
    alone = {**student, "network": {**student["network"], "name": "alone"}}
    write("cell", "run", compact({**summary, "method": "supervised", "networks": [student, alone]}))
    state = json.loads(header_of(KEPT / "stopped" / "checkpoint.safetensors"))["__metadata__"]["state"]
    write("training-state", "state", state)
    numbers = lambda *values: struct.pack(f"<{len(values)}i", *values)
    reals = lambda *values: struct.pack(f"<{len(values)}f", *values)
    card = compact({"classes": ["a", "b"], "networks": ["n"], "stages": {"n": ["s"]}})
    write("exhibit", "tiny", safetensors({
        "labels": ("I32", [2], numbers(0, 1)),
        "pictures/indices": ("I32", [1], numbers(1)),
        "pictures/boxes": ("I32", [1, 4], numbers(0, 0, 1, 1)),
        "answers/n": ("I32", [2], numbers(0, 0)),
        "probabilities/n": ("F32", [2], reals(0.5, 0.75)),
        "attention/n/s": ("F32", [1, 1, 2], reals(0.25, 0.75)),
        "pictures/pixels": ("U8", [1, 1, 2, 1], b"\x10\x20"),
    }, {"pupil.version": "1", "pupil.exhibit": card}))
    write("path-point", "tiny", safetensors({"student": ("F32", [1, 2], reals(1, 2)), "expert": ("F32", [1, 2], reals(3, 4))}))


def weights():
    write("safetensors", "tiny", safetensors({
        "a": ("I64", [1], bytes(8)), "b": ("F32", [1, 2], bytes(8)), "c": ("BF16", [], bytes(2)), "d": ("BOOL", [2], b"\0\1"),
        "e": ("U8", [0, 3], b""),
    }, {"k": "v"}))
    student = header_of(KEPT / "run" / "students" / "student.safetensors")
    write("student-card", "student", student)
    write("pretrained", "student", student)
    write("student", "student", student)
    for name in ("zip.pt", "legacy.pt", "state.pt", "checkpoint.pt"):
        content = (TESTS / "References" / "pytorch" / name).read_bytes()
        write("pytorch", name, content)
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                pickle = next(entry for entry in archive.namelist() if entry.endswith("data.pkl"))
                write("pickle", name, archive.read(pickle))
    write("pickle", "protocol-0", b"(dp0\nVa\np1\nI1\nsVb\nL5L\nsVc\nF1.5\nsVd\n(lp2\nI01\nas.")


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(place, value):
    if isinstance(value, int):
        return varint(place << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(place << 3 | 2) + varint(len(value)) + value


def node(operation, inputs, output):
    return field(1, b"".join(field(1, name) for name in inputs) + field(2, output) + field(3, output) + field(4, operation))


def port(place, name, *sizes):
    shape = b"".join(field(1, field(1, size) if isinstance(size, int) else field(2, size)) for size in sizes)
    return field(place, field(1, name) + field(2, field(1, field(1, 1) + field(2, shape))))


def constant(name, *sizes):
    count = 1
    for size in sizes:
        count *= size
    values = struct.pack(f"<{count}f", *((i % 5 - 2) / 4 for i in range(count)))
    return field(5, b"".join(field(1, size) for size in sizes) + field(2, 1) + field(8, name) + field(9, values))


def models():
    card = {
        "version": 1, "network": "n", "classes": ["a", "b"], "channels": 3, "height": 8, "width": 8, "mean": [0.5, 0.5, 0.5],
        "deviation": [0.25, 0.25, 0.25], "fit": "pad", "size": 9, "cutsMiddle": True, "takesPictures": False, "testTop1": 0.5,
    }
    graph = (node("Conv", ["images", "w"], "c") + node("Relu", ["c"], "r") + node("GlobalAveragePool", ["r"], "g")
             + node("Flatten", ["g"], "e") + node("Gemm", ["e", "v"], "logits") + field(2, "g") + constant("w", 4, 3, 1, 1)
             + constant("v", 4, 2) + port(11, "images", "n", 3, 8, 8) + port(12, "logits", "n", 2))
    plain = field(1, 8) + field(7, graph) + field(8, field(2, 17))
    exported = plain + field(14, field(1, "pupil.model") + field(2, compact(card)))
    write("model-card", "card", compact(card))
    for target in ("onnx", "onnx-expert", "classifier"):
        write(target, "exported", exported)
    write("onnx", "plain", plain)
    write("onnx-expert", "plain", plain)


def mat(name, kind, dimensions, stored, content, packed):
    element = lambda type, data: struct.pack("<II", type, len(data)) + data + bytes(-len(data) % 8)
    array = element(14, element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack(f"<{len(dimensions)}i", *dimensions))
                    + element(1, name) + element(stored, content))
    return struct.pack("<II", 15, len(zlib.compress(array))) + zlib.compress(array) if packed else array


def data():
    images = struct.pack(">4I", 0x803, 2, 2, 2) + bytes(range(8))
    labels = struct.pack(">2I", 0x801, 2) + b"\7\3"
    for target, content in (("idx-images", images), ("idx-labels", labels)):
        write(target, "plain", content)
        write(target, "gzip", gzip.compress(content, mtime=0))
    write("cifar10", "record", b"\3" + bytes(3072))
    write("cifar100", "record", b"\3\5" + bytes(3072))
    start = b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + struct.pack("<H", 0x0100) + b"IM"
    for packed in (False, True):
        write("svhn", "packed" if packed else "plain", start + mat(b"X", 9, [32, 32, 3, 1], 2, bytes(3072), packed)
              + mat(b"y", 6, [1, 1], 2, b"\12", packed))
    write("tiny-imagenet", "tables", "n1\nn2\n\0n1\tcat, feline\nn2\tdog\n\0a.JPEG\tn1\t0\t0\t9\t9\n"
          "\0a.JPEG\t1\t2\t3\t4\n\0a.JPEG\t0\t0\t1\t1\n")
    write("picture-folder", "parts", "train/a/1.png\ntrain/b/d/2.jpg\nval/a/3.png\ntest/b/4.webp"
          "\0path,left,top,right,bottom\n"
          "train/a/1.png,0,0,1,1\ntrain/b/d/2.jpg,0,1,2,3\nval/a/3.png,0,0,9,9\ntest/b/4.webp,0,0,1,1\n")
    write("picture-table", "all", 'path,label,split,left,top,right,bottom\na.png,cat,train,0,1,2,3\n"b, c.png",dog,test,4,5,6,7\n')
    write("picture-table", "semicolons", "\ufefflabel;path\ncat;d/a.png\n")


def archives():
    files = [("d/a.txt", b"abc"), ("d/e/b.bin", bytes(64))]
    for name, method in (("deflated", zipfile.ZIP_DEFLATED), ("stored", zipfile.ZIP_STORED)):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", method) as archive:
            for file, held in files:
                archive.writestr(zipfile.ZipInfo(file), held, method)
        write("zip", name, content.getvalue())
    for name, form in (("ustar", tarfile.USTAR_FORMAT), ("gnu", tarfile.GNU_FORMAT), ("pax", tarfile.PAX_FORMAT)):
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w", format=form) as archive:
            for file, held in files:
                entry = tarfile.TarInfo(file if name == "ustar" else f"{'l' * 120}/{file}")
                entry.size = len(held)
                archive.addfile(entry, io.BytesIO(held))
        plain = content.getvalue().rstrip(b"\0") + bytes(1024)
        plain += bytes(-len(plain) % 512)
        write("tar", name, plain)
        write("tar-gz", name, gzip.compress(plain, mtime=0))


def pictures():
    files = json.loads((TESTS / "Images" / "Formats" / "Pictures" / "References" / "pictures.json").read_text())["files"]
    for name in ("jpeg", "jpeg, orientation 6", "jpeg, grey", "png", "png, one bit", "png, alpha", "webp, lossless", "webp, lossy",
                 "webp, orientation 6", "bmp", "bmp, palette", "gif", "gif, animated"):
        if name in files:
            write("picture", name.replace(", ", "-").replace(" ", "-"), base64.b64decode(files[name]))
    write("lettering", "scripts", "abc (אבג) 12.5 كلب ສະບາຍ 漢字 e\u030a\u0302 می\u200cخو")


settings()
records()
weights()
models()
data()
archives()
pictures()
