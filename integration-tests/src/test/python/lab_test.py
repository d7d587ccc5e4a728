"""JupyterLab in a headless Chromium: the live figure moves, the final one stays, also in a notebook not trusted."""

import atexit
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
import urllib.request
from pathlib import Path

import nbformat
import psutil

from kernel_test import RUN
from launcher_test import output, root

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]

# What a reader sees move: the pictures and the bars of all outputs, as one string.
SEEN = """() => Array.from(document.querySelectorAll(
    '.jp-OutputArea-output img, .jp-OutputArea-output svg, .jp-OutputArea-output progress'))
    .map(e => e.tagName === 'IMG' ? e.src : e.tagName === 'PROGRESS' ? e.value : e.outerHTML).join('|')"""
PROMPTS = "() => Array.from(document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')).map(e => e.innerText)"


def install_playwright():
    if importlib.util.find_spec("playwright") is None:
        wanted = Path(__file__).with_name("requirements.txt")
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted]
        subprocess.run(pip, check=True, capture_output=True, text=True)


@unittest.skipUnless(CHROMIUM, "no Chromium was found (Debian: apt install chromium)")
class Lab(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            install_playwright()
        except subprocess.CalledProcessError as e:
            raise unittest.SkipTest(f"Playwright could not be installed: {e.stderr.strip().splitlines()[-1:]}")
        from playwright.sync_api import sync_playwright

        cls.folder = output() / "lab"
        cls.shots = output().parent / "screenshots"
        for folder in (cls.folder, cls.shots):
            folder.mkdir(parents=True, exist_ok=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        cls.url = f"http://127.0.0.1:{port}"
        with (cls.folder / "lab.log").open("w") as log:
            cls.lab = subprocess.Popen(
                [root() / "zo", "lab", "--no-browser", f"--ServerApp.port={port}", f"--ServerApp.root_dir={cls.folder}"],
                env={**os.environ, "JUPYTER_TOKEN": "test"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        atexit.register(cls.stop)  # also when the tests are stopped
        cls.addClassCleanup(cls.stop)
        end = time.time() + 120
        while time.time() < end:
            try:
                urllib.request.urlopen(cls.url + "/api?token=test", timeout=5)
                break
            except OSError:
                if cls.lab.poll() is not None:
                    raise AssertionError(f"./zo lab ended: {(cls.folder / 'lab.log').read_text()[-2000:]}") from None
                time.sleep(0.5)
        cls.playwright = sync_playwright().start()
        cls.addClassCleanup(cls.playwright.stop)
        flags = FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def stop(cls):
        if cls.lab.poll() is None:
            cls.lab.send_signal(signal.SIGTERM)
            cls.lab.wait(timeout=30)

    def open(self, book):
        page = self.browser.new_page(viewport={"width": 1200, "height": 1000})
        page.outside = []
        local = (self.url, self.url.replace("http", "ws"), "data:", "blob:")
        page.on("request", lambda r: None if r.url.startswith(local) else page.outside.append(r.url))
        page.goto(f"{self.url}/lab/tree/{book}?token=test&reset", wait_until="domcontentloaded")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=120_000)
        return page

    def test_1_the_live_figure_moves_and_the_final_one_stays(self):
        cells = ["%use zo", f"zo {{ {RUN}; steps = 80 }}"]
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata.kernelspec = {"name": "kotlin", "display_name": "Kotlin", "language": "kotlin"}
        nbformat.write(book, self.folder / "live.ipynb")
        page = self.open("live.ipynb")
        time.sleep(3)  # the kernel of the notebook
        page.locator(".jp-Notebook .jp-Cell").first.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator('.lm-Menu-item[data-command="runmenu:run-all"]').click()

        frames, end, shots = [], time.time() + 240, 0
        while time.time() < end:
            seen = page.evaluate(SEEN)
            if seen and seen not in frames:
                frames.append(seen)
                if len(frames) in (4, 12, 36):
                    shots += 1
                    page.screenshot(path=self.shots / f"live-{shots}.png")
            prompts = [p.strip("[]: \n\xa0") for p in page.evaluate(PROMPTS)]
            if len(prompts) == 2 and all(p.isdigit() for p in prompts):
                break
            time.sleep(0.1)
        else:
            self.fail(f"the cells did not end: {prompts}")
        time.sleep(1)
        page.screenshot(path=self.shots / "final.png")
        self.assertGreater(len(frames), 5, "the figure did not move")
        self.assertGreater(self.pictures(page), 0, "no final figure")
        self.assertEqual(page.outside, [], "asked for outside")
        page.keyboard.press("Control+s")
        end = time.time() + 30
        while time.time() < end and not any(c.get("outputs") for c in self.read("live").cells):
            time.sleep(0.5)
        self.assertTrue(self.read("live").cells[1].outputs, "the notebook was not saved")
        page.close()

    def test_2_the_figure_is_there_when_reopened_and_not_trusted(self):
        book = self.read("live")
        # another text: the signature that makes the saved notebook trusted does not fit
        book.cells.insert(0, nbformat.v4.new_markdown_cell("A copy from somebody else."))
        nbformat.write(book, self.folder / "copy.ipynb")
        page = self.open("copy.ipynb")
        page.wait_for_selector(".jp-OutputArea-output img", timeout=60_000)
        time.sleep(1)
        page.screenshot(path=self.shots / "not-trusted.png")
        self.assertGreater(page.locator('[data-icon="ui-components:not-trusted"]').count(), 0, "it is trusted")
        self.assertGreater(self.pictures(page), 0, "no figure in the copy")
        self.assertEqual(page.outside, [], "asked for outside")
        page.close()

    def test_3_nothing_is_left_running_after_the_server(self):
        family = psutil.Process(self.lab.pid).children(recursive=True)
        self.assertTrue(family, "no kernel was running")
        self.stop()
        _, alive = psutil.wait_procs(family, timeout=20)
        self.assertEqual([p.name() for p in alive], [])

    def read(self, name):
        return nbformat.read(self.folder / f"{name}.ipynb", as_version=4)

    def pictures(self, page):
        return page.evaluate(
            "Array.from(document.querySelectorAll('.jp-OutputArea-output img')).filter(e => e.naturalWidth > 100).length"
        )
