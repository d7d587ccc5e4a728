"""`./zo run` and its errors, as a person types it."""

import os
import platform
import re
import subprocess
import unittest
from pathlib import Path

import nbformat


def root():
    return Path(os.environ["ZO_ROOT"])


def output():
    folder = Path(os.environ["ZO_OUTPUT"])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start(*words, cwd=None, **more):
    """The launcher, with this process's environment and what is given beside it."""
    return subprocess.Popen(
        [root() / "zo", *map(str, words)],
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
SHORT = {"race.ipynb": 12, "find-learning-rate.ipynb": 24, "half-the-forwards.ipynb": 24}


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
                code, said = zo("run", book, "--out", output(), "--set", f"budget={SHORT.get(book.name, 120)}")
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

    def test_a_missing_notebook_is_told_with_those_that_are_there(self):
        code, said = zo("run", "nowhere.ipynb")
        self.assertEqual(code, 1, said)
        self.assertRegex(said, r"no such notebook: nowhere\.ipynb; there are: .*notebooks/quickstart\.ipynb")

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
        one = notebook("one", "val budget = 2_000   // a parameter", "val other = 1")
        none = notebook("none", "val budget = 1")
        for book, value, told in (
            (one, "other=2", "other is not a parameter of one.ipynb; there are: budget = 2_000"),
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
        for part in ("JDK", "Maven", "Python", "Jupyter", "build"):
            self.assertTrue(re.search(rf"^ok +{part}", said, re.M), said)
