"""Puts PyTorch's CUDA natives, out of the wheels on PyPI, where DJL can load them.

    fetch.py FOLDER PINS JNI_JAR [WHEELS]

FOLDER gets the shared libraries of the wheels that PINS names, where the wheels have them: torch's libraries
find the others beside them by their own run paths. To torch's goes libdjl_torch.so out of DJL's JNI_JAR, which DJL takes from
there. A wheel is fetched, or taken from the folder WHEELS, checked against its hash, opened and removed before the next; one that is in
FOLDER already is not fetched again.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

# Any Python does: the wheels are chosen for the machine that runs the JVM, and nothing in them is run.
PLATFORM = "--python-version 3.11 --platform manylinux_2_28_x86_64 --platform manylinux2014_x86_64 --platform manylinux2010_x86_64".split()
PIN = re.compile(r"\S+==\S+ --hash=\S+  # (?P<download>\d+) MB, (?P<libraries>\d+) MB of libraries")
LIBRARY = re.compile(r".+/lib/lib[^/]+\.so[.\d]*|torch/version\.py")
# torch's own for Python, and for linear algebra on a GPU, which needs cusolver.
LEFT_OUT = re.compile(r"torch/lib/lib(torch_python|shm|torch_global_deps|torch_cuda_linalg)\.so")
BINDING = "jnilib/linux-x86_64/cu128/libdjl_torch.so"


def say(text):
    print(f"zo: {text}", file=sys.stderr, flush=True)


def die(text):
    say(text)
    sys.exit(1)


def download(pin, folder, wheels):
    """The one wheel of a pin, whose hash is right; pip itself says what is wrong."""
    (folder / "pin.txt").write_text(pin, encoding="utf-8")
    command = [folder / "bin/python", "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-deps", "--only-binary=:all:"]
    source = ["--no-index", "--find-links", wheels] if wheels else []
    done = subprocess.run([*command, *PLATFORM, *source, "-d", folder, "-r", folder / "pin.txt"], env={**os.environ, "TMPDIR": str(folder)}, check=False)
    found = list(folder.glob("*.whl"))
    if done.returncode or len(found) != 1:
        die(f"no wheel of {pin.split()[0]} from {wheels or 'pip'}; what pip says is above. ./zo gpu goes on where this ended")
    return found[0]


def main(folder, pins, jar, wheels=None):
    folder = Path(folder)
    pinned = {line: PIN.fullmatch(line) for line in Path(pins).read_text(encoding="utf-8").splitlines() if not line.startswith("#")}
    record = folder / "wheels.txt"
    here = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    if not set(here) <= set(pinned):  # of another version
        shutil.rmtree(folder)
        here = []
    passing = folder / "passing"
    shutil.rmtree(passing, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [line for line in pinned if line not in here]

    downloads = [int(pinned[line]["download"]) for line in missing]
    needed = sum(int(pinned[line]["libraries"]) for line in missing) + max(downloads, default=0)
    free = shutil.disk_usage(folder).free // 10**6
    if free < needed:
        die(f"no room for the CUDA natives in {folder}: they need {needed} MB there, and {free} MB are free")
    if missing:
        say(f"{'taking' if wheels else 'fetching'} {sum(downloads)} MB of wheels; meanwhile they need {needed} MB of the {free} MB that are free in {folder}")
    venv.create(passing, with_pip=bool(missing))
    for count, line in enumerate(missing, 1):
        say(f"{line.split()[0]}, {pinned[line]['download']} MB ({count} of {len(missing)})")
        wheel = download(line, passing, wheels)
        with zipfile.ZipFile(wheel) as zipped:
            for name in zipped.namelist():
                if LIBRARY.fullmatch(name) and not LEFT_OUT.fullmatch(name):
                    zipped.extract(name, folder)
        wheel.unlink()
        with record.open("a", encoding="utf-8") as out:
            out.write(line + "\n")

    with zipfile.ZipFile(jar) as zipped:
        (passing / "libdjl_torch.so").write_bytes(zipped.read(BINDING))
    (passing / "libdjl_torch.so").replace(folder / "torch/lib/libdjl_torch.so")  # a JVM may have the old one open
    shutil.rmtree(passing)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        die("interrupted; ./zo gpu goes on where this ended")
