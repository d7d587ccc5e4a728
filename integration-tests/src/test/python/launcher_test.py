"""`./zo run` and its errors, as a person types it."""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import time
import unittest
import zipfile
from pathlib import Path

import nbformat


def root():
    return Path(os.environ["ZO_ROOT"])


def output():
    folder = Path(os.environ["ZO_OUTPUT"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start(*words, cwd=None, clone=None, **more):
    """The launcher, of this clone unless another is named, with this process's environment and what is given beside it."""
    return subprocess.Popen(
        [(clone or root()) / "zo", *map(str, words)],
        cwd=cwd,
        env={**os.environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def zo(*words, **more):
    """What the launcher ended with, and all it said."""
    process = start(*words, **more)
    said = process.communicate(timeout=900)[0]
    return process.returncode, said


def notebook(name, *cells):
    """A notebook of these code cells, in the folder of outputs; those that set a parameter are tagged."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    for cell in book.cells:
        if "// a parameter" in cell.source:
            cell.metadata.tags = ["parameters"]
    book.metadata.kernelspec = {"name": "kotlin", "display_name": "Kotlin", "language": "kotlin"}
    path = output() / "sources" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(book, path)
    return path


EVERYWHERE = {"quickstart.ipynb", "write-a-sampler.ipynb"}
# Forward passes of notebooks that have many runs.
SHORT = {"race.ipynb": 12, "find-learning-rate.ipynb": 24, "half-the-forwards.ipynb": 48}


class Notebooks(unittest.TestCase):
    """The notebooks of the project, each run by the launcher in the real kernel with few forward passes.

    Those that show the ways in run on every JDK; of the others each JDK takes its share, as ZO_SHARE (such as 1/2) says.
    """

    def test_every_notebook_runs_and_keeps_its_figures(self):
        books = sorted((root() / "notebooks").glob("*.ipynb"))
        everywhere = [book for book in books if book.name in EVERYWHERE]
        self.assertEqual(len(everywhere), len(EVERYWHERE))
        part, parts = map(int, os.environ["ZO_SHARE"].split("/"))
        for book in everywhere + [book for book in books if book not in everywhere][part - 1 :: parts]:
            with self.subTest(book.name):
                if book.name == "kotlindl.ipynb" and platform.machine().lower() not in ("x86_64", "amd64"):
                    self.skipTest(f"TensorFlow 1.15, which KotlinDL computes with, has no natives for {platform.machine()}")
                # a model in the cache would be one that reproduce-mezo runs for days
                cache = str(output() / "no-cache")
                code, said = zo("run", book, "--out", output(), "--set", f"budget={SHORT.get(book.name, 120)}", HF_HUB_CACHE=cache)
                self.assertEqual(code, 0, said)
                done = nbformat.read(output() / book.name, as_version=4)
                code_cells = [c for c in done.cells if c.cell_type == "code"]
                self.assertTrue(all(c.execution_count for c in code_cells), "a cell did not run")
                figures = [
                    o.data
                    for c in code_cells
                    for o in c.outputs
                    if o.output_type == "execute_result" and "image/svg+xml" in o.data
                ]
                self.assertTrue(figures, "no cell's value is a figure")
                for figure in figures:
                    self.assertIn("data:image/svg+xml;base64,", figure["text/html"])
                    self.assertNotIn("<script", figure["text/html"])
                    self.assertTrue(figure["text/plain"].strip())
                page = (output() / book.name).with_suffix(".html").read_text(encoding="utf-8")
                self.assertNotRegex(page, r"<(script|link|img)[^>]+(src|href)=[\"']?https?:")
                self.assertNotRegex(page, r"import\s*\(?\s*[\"']https?:")
                self.assertIn("data:image/svg+xml;base64,", page)
                self.assertRegex(said, r"cell 1/\d+")
                self.assertTrue(said.rstrip().endswith(figures[-1]["text/plain"].strip()), said)


class Launcher(unittest.TestCase):
    """What the launcher says when something is wrong."""

    def test_a_failing_cell_is_named_with_its_error(self):
        code, said = zo("run", notebook("failing", "val a = 1", 'error("the sky is falling")', "a"), "--out", output())
        self.assertEqual(code, 1, said)
        self.assertIn("cell 2/3 failed: IllegalStateException: the sky is falling", said)
        self.assertLess(len(said.splitlines()), 20, said)
        done = nbformat.read(output() / "failing.ipynb", as_version=4)
        self.assertEqual([c.execution_count for c in done.cells][2], None)

    def test_a_kernel_that_dies_is_told(self):
        code, said = zo("run", notebook("dying", "Runtime.getRuntime().halt(3)"), "--out", output())
        self.assertEqual(code, 1, said)
        self.assertIn("cell 1/1 failed", said)

    def test_a_kernel_ends_with_its_launcher_that_is_killed(self):
        if platform.system() != "Linux":
            self.skipTest("only Linux ends a process with its parent")
        told = output() / "kernel.pid"
        told.unlink(missing_ok=True)
        cell = f'java.io.File("{told}.part").run {{ writeText("${{ProcessHandle.current().pid()}}"); renameTo(java.io.File("{told}")) }}; Thread.sleep(600_000)'
        launcher = start("run", notebook("orphan", cell), "--out", output())
        while launcher.poll() is None and not told.exists():
            time.sleep(0.2)
        launcher.kill()
        said = launcher.communicate()[0]
        kernel = Path("/proc") / told.read_text()
        for _ in range(150):
            if not (kernel / "cmdline").exists() or not (kernel / "cmdline").read_bytes():  # gone, or waiting to be noticed
                return
            time.sleep(0.2)
        os.kill(int(kernel.name), 9)
        self.fail(f"the kernel outlived its launcher: {said}")

    def test_a_name_that_is_not_ascii_is_read_without_a_locale(self):
        book = notebook("nämen", 'java.nio.file.Files.exists(java.nio.file.Path.of("nämen.ipynb"))')
        code, said = zo("run", book, "--out", output(), LC_ALL="POSIX")
        self.assertEqual(code, 0, said)
        done = nbformat.read(output() / "nämen.ipynb", as_version=4)
        self.assertEqual(done.cells[0].outputs[0].data["text/plain"], "true", said)

    def test_kernels_map_the_classes_that_the_first_one_archived_and_start_without_them(self):
        if platform.system() != "Linux":
            self.skipTest("only Linux tells what a process has mapped")
        book = notebook("mapped", 'java.io.File("/proc/self/maps").readLines().any { "/classes.jsa" in it && "/jupyter/" in it }')
        broken = output() / "broken.jsa"
        broken.write_bytes(bytes(10_000))
        for options, mapped in ("", "true"), (f"-XX:SharedArchiveFile={broken}", "false"):
            code, said = zo("run", book, "--out", output(), ZO_JAVA_OPTS=options)
            self.assertEqual(code, 0, said)
            done = nbformat.read(output() / "mapped.ipynb", as_version=4)
            self.assertEqual(done.cells[0].outputs[0].data["text/plain"], mapped, said)

    def test_a_cell_reads_the_cache_of_the_users_home_and_writes_nothing_else_there(self):
        home = output() / "home"
        shutil.rmtree(home, ignore_errors=True)
        repository = ".cache/huggingface/hub/models--nobody--tiny"
        nano = root() / "engine-java/src/main/resources/org/zolab/model/opt/nano"
        shutil.copytree(nano, home / repository / "snapshots/1234")
        before = sorted(home.rglob("*"))
        cell = "plan { sampler = mezo(); model = %s; devExamples = 4; testExamples = 0 }"
        book = notebook("cached", "%use zo", cell % 'opt("nobody/tiny")', cell % 'model("nobody/other")')
        unset = dict.fromkeys(("HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"), "")
        code, said = zo("run", book, "--out", output(), HOME=str(home), HF_HUB_OFFLINE="1", **unset)
        self.assertEqual(code, 1, said)
        self.assertIn(f"cell 3/3 failed: ZoException: this block cannot run:\n  model nobody/other is not there: it is not in the cache. Looked for {home}/.cache/huggingface/hub/models--nobody--other", said)
        self.assertEqual(sorted(home.rglob("*")), before)

    def test_a_missing_notebook_is_told_with_those_that_are_there(self):
        code, said = zo("run", "nowhere.ipynb")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"no such notebook: nowhere\.ipynb; there are: .*notebooks/quickstart\.ipynb")

    def test_an_option_without_its_value_is_told(self):
        for words, told in ((("run", "--out"), "--out needs a folder"), (("run", "--set", ""), "--set needs NAME=VALUE"), (("bench", "gpu", "--shape"), "--shape needs a name")):
            code, said = zo(*words)
            self.assertEqual((code, said), (1, f"zo: {told}\n"))

    def test_what_is_no_notebook_is_told(self):
        code, said = zo("run", root() / "README.md", "--out", output())
        self.assertEqual(code, 2, said)
        self.assertIn("is not a notebook", said)

    def test_parameters_are_set_and_the_copy_shows_what_was_run(self):
        book = notebook("set", 'val a = 1   // a parameter\nval b: String = "x // y" // and another', "val a2 = a + 1", "b + a2")
        code, said = zo("run", book, "--out", output(), "--set", "a = 40_000", '--set=b="z"')
        self.assertEqual(code, 0, said)
        done = nbformat.read(output() / "set.ipynb", as_version=4)
        self.assertEqual(done.cells[0].source, 'val a = 40_000   // a parameter\nval b: String = "z" // and another')
        self.assertEqual(done.cells[2].outputs[0].data["text/plain"], "z40001")
        self.assertEqual(nbformat.read(book, as_version=4).cells[0].source.splitlines()[0], "val a = 1   // a parameter")

    def test_what_is_no_parameter_is_told_with_those_that_are_there(self):
        one = notebook("one", "val budget = 2_000   // a parameter\nval rates = listOf(1, 2).map {\n    it / 2\n}", "val other = 1")
        none = notebook("none", "val budget = 1")
        for book, value, told in (
            (one, "other=2", "other is not a parameter of one.ipynb; there are: budget = 2_000\n"),
            (none, "budget=2", "none.ipynb has no parameters, so budget cannot be set: a parameter is a line `val NAME = VALUE`"),
            (one, "budget", "--set is not NAME=VALUE: budget"),
        ):
            with self.subTest(value):
                code, said = zo("run", book, "--out", output(), "--set", value)
                self.assertEqual(code, 2, said)
                self.assertIn(told, said)

    def test_a_jdk_that_is_none_is_told(self):
        code, said = zo("run", ZO_JAVA_HOME="/nowhere")
        self.assertEqual(code, 1, said)
        self.assertIn("ZO_JAVA_HOME is not a JDK 17 or newer: /nowhere", said)

    def test_two_at_once_in_one_clone_from_a_folder_with_blanks(self):
        folder = output() / "a folder"
        folder.mkdir(exist_ok=True)
        books = [notebook(f"twin {i}", "%use zo", f"{i} + {i}") for i in (1, 2)]
        twins = [start("run", os.path.relpath(book, folder), "--out", "out", cwd=folder) for book in books]
        for i, twin in zip((1, 2), twins):
            said = twin.communicate(timeout=300)[0]
            self.assertEqual(twin.returncode, 0, said)
            done = nbformat.read(folder / "out" / f"twin {i}.ipynb", as_version=4)
            self.assertEqual(done.cells[1].outputs[0].data["text/plain"], str(2 * i))

    def test_doctor_finds_everything_that_just_ran(self):
        code, said = zo("doctor")
        self.assertEqual(code, 0, said)
        self.assertNotIn("WARNING", said)
        for part in ("JDK", "Maven", "Python", "Jupyter", "build"):
            self.assertTrue(re.search(rf"^ok +{part}", said, re.M), said)

    def test_bench_gpu_says_what_is_missing(self):
        out = output() / "bench gpu"
        code, said = zo("bench", "gpu", "--no-peers", "--shape", "nano", "--out", out, ZO_JAVA_OPTS="-Dzo.gpu.emulator=/no/driver")
        self.assertEqual(code, 1, said)
        self.assertIn("zo: there is no GPU to measure: a GPU needs NVIDIA's driver, and /no/driver cannot be loaded", said)
        self.assertIn("noise kernel", (out / "doctor.txt").read_text(encoding="utf-8"))
        code, said = zo("bench", "gpu", "--nowhere")
        self.assertEqual(code, 1)
        self.assertIn("bench gpu has no option --nowhere", said)


def wheel(folder, name, tag, files):
    """A wheel of version 1 with these files, and the line that pins it."""
    path = folder / f"{name.replace('-', '_')}-1-{tag}.whl"
    info = f"{name.replace('-', '_')}-1.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as zipped:
        for file, content in files.items():
            zipped.writestr(file, content)
    return f"{name}==1 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}  # 1 MB, 2 MB of libraries"


@unittest.skipUnless((platform.system(), platform.machine()) == ("Linux", "x86_64"), "there are CUDA natives for Linux x86_64 alone")
class Gpu(unittest.TestCase):
    """`./zo gpu`, in a clone of its own with what is built here, and with wheels of a few bytes that hold no real library."""

    def setUp(self):
        self.clone = output() / "gpu clone"
        shutil.rmtree(self.clone, ignore_errors=True)
        for part in ("zo", "pom.xml", "engine-java/pom.xml", "engine-java/src/main/gpu", "dsl/pom.xml"):
            there = self.clone / part
            there.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (root() / part).is_dir() else shutil.copy2)(root() / part, there)
        (self.clone / "dsl/src/main").mkdir(parents=True)
        self.wheels = self.clone / "wheels"
        self.wheels.mkdir()
        torch = {f"torch/lib/{name}": name for name in ("libtorch.so", "libtorch_cuda.so", "libgomp.so.1", "libtorch_python.so", "libtorch_cuda_linalg.so")}
        version = "__version__ = '2.7.0+cu126'\n"  # not 2.7.1, so that the engine refuses it
        self.lines = [
            wheel(self.wheels, "torch", "cp311-cp311-manylinux_2_28_x86_64", {**torch, "torch/version.py": version, "torch/nn.py": ""}),
            wheel(self.wheels, "nvidia-x", "py3-none-manylinux2014_x86_64", {"nvidia/x/lib/libx.so.12": "x", "nvidia/x/include/x.h": ""}),
        ]
        self.pin(*self.lines)
        self.natives = self.clone / ".zo/gpu"

    def pin(self, *lines):
        (self.clone / "engine-java/src/main/gpu/requirements.txt").write_text("# wheels\n" + "\n".join(lines) + "\n", encoding="utf-8")
        lib = self.clone / ".zo/lib"  # newer than what it was made from
        lib.mkdir(parents=True, exist_ok=True)
        for jars in ("engine.jars", "notebook.jars"):
            shutil.copyfile(root() / ".zo/lib" / jars, lib / jars)

    def zo(self, *words, **more):
        return zo(*words, clone=self.clone, **more)

    def took(self):
        """What `./zo gpu` says that ended with the engine, which cannot compute with these."""
        code, said = self.zo("gpu", "--wheels", self.wheels)
        self.assertEqual(code, 1, said)
        self.assertIn("these natives do not compute here what they should", said)
        return said

    def test_libraries_alone_are_kept_where_the_wheels_have_them_beside_the_binding(self):
        self.assertIn("taking 2 MB of wheels; meanwhile they need 5 MB of the", self.took())
        kept = {str(file.relative_to(self.natives)) for file in self.natives.rglob("*") if file.is_file()}
        torch = {f"torch/{name}" for name in ("version.py", "lib/libtorch.so", "lib/libtorch_cuda.so", "lib/libgomp.so.1", "lib/libdjl_torch.so")}
        self.assertEqual(kept, torch | {"nvidia/x/lib/libx.so.12", "wheels.txt"})
        self.assertGreater((self.natives / "torch/lib/libdjl_torch.so").stat().st_size, 10**6)

    def test_incomplete_natives_are_not_used_and_complete_ones_are_unless_switched_off(self):
        self.took()
        log = self.clone / ".zo/log/gpu.log"
        self.assertIn("torch/lib is not 2.7.1: 2.7.0+cu126", log.read_text(encoding="utf-8"))
        code, said = self.zo("doctor")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"(?m)^missing +GPU .*\./zo gpu")
        self.assertRegex(said, r"(?m)^pytorch +2\.7\.1, for CPUs, in ")

        pins = (self.clone / "engine-java/src/main/gpu/requirements.txt").read_text(encoding="utf-8")
        jar = re.search(r"pytorch-jni-[^/:]+", (self.clone / ".zo/lib/engine.jars").read_text(encoding="utf-8"))[0]
        (self.natives / "made-from").write_text(f"{pins}{jar}\n", encoding="utf-8")
        code, said = self.zo("doctor")
        self.assertRegex(said, r"(?m)^ok +GPU ")
        self.assertIn("is not 2.7.1: 2.7.0+cu126", said)
        code, said = self.zo("doctor", ZO_GPU="0")
        self.assertEqual(code, 0, said)
        self.assertRegex(said, r"(?m)^pytorch +2\.7\.1, for CPUs, in ")
        self.pin(self.lines[0])
        self.assertRegex(self.zo("doctor")[1], r"(?m)^missing +GPU ")

    def test_it_goes_on_with_the_wheel_that_failed(self):
        moved = next(self.wheels.glob("nvidia*")).rename(self.clone / "later.whl")
        code, said = self.zo("gpu", "--wheels", self.wheels)
        self.assertEqual(code, 1, said)
        self.assertIn(f"no wheel of nvidia-x==1 from {self.wheels}; what pip says is above", said)
        moved.rename(self.wheels / "nvidia_x-1-py3-none-manylinux2014_x86_64.whl")
        said = self.took()
        self.assertIn("taking 1 MB of wheels", said)
        self.assertNotIn("torch==1", said)

    def test_a_wheel_with_another_hash_is_not_taken(self):
        wheel(self.wheels, "torch", "cp311-cp311-manylinux_2_28_x86_64", {"torch/lib/libtorch.so": "of somebody else"})
        code, said = self.zo("gpu", "--wheels", self.wheels)
        self.assertEqual(code, 1, said)
        self.assertIn("no wheel of torch==1", said)
        self.assertFalse((self.natives / "torch").exists())

    def test_natives_of_another_version_are_replaced(self):
        self.took()
        (self.natives / "nvidia/x/lib/libold.so").touch()
        self.pin(self.lines[0], wheel(self.wheels, "nvidia-y", "py3-none-manylinux2014_x86_64", {"nvidia/y/lib/liby.so": "y"}))
        self.took()
        self.assertFalse((self.natives / "nvidia/x").exists())
        self.assertTrue((self.natives / "nvidia/y/lib/liby.so").exists())

    def test_they_are_removed(self):
        self.took()
        code, said = self.zo("gpu", "--remove")
        self.assertEqual(code, 0, said)
        self.assertFalse(self.natives.exists())
        code, said = self.zo("gpu", "--remove")
        self.assertEqual(code, 1, said)
        self.assertIn(f"there are no CUDA natives to remove: {self.natives}", said)

    def test_what_cannot_be_is_told_before_anything_is_fetched(self):
        mac = self.clone / "mac"
        mac.mkdir()
        (mac / "uname").write_text("#!/bin/sh\necho Darwin arm64\n", encoding="utf-8")
        (mac / "uname").chmod(0o755)
        for words, told, more in (
            (("gpu", "--folder"), "gpu has no option --folder", {}),
            (("gpu", "--wheels", "/nowhere"), "--wheels is not a folder: /nowhere", {}),
            (("gpu",), "there are CUDA natives for Linux x86_64 alone, and this is Darwin arm64", {"PATH": f"{mac}:{os.environ['PATH']}"}),
        ):
            with self.subTest(told):
                code, said = self.zo(*words, **more)
                self.assertEqual(code, 1, said)
                self.assertIn(told, said)
        self.pin(self.lines[0].replace("2 MB of", "999999999 MB of"), self.lines[1])
        code, said = self.zo("gpu")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"no room for the CUDA natives in .*: they need 1000000002 MB there, and \d+ MB are free")
