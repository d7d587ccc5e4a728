"""Runs a notebook in its kernel, with progress, and writes it executed as .ipynb and as one self-contained .html.

    execute.py NOTEBOOK FOLDER KERNEL_LOG [NAME=VALUE ...]

NAME=VALUE gives a parameter of the notebook another value: a line `val NAME = VALUE` of a cell that is tagged `parameters`.
What is written is what was run. Ends with 0 when every cell ran, 1 when a cell failed (what ran until then is written too), 130 when stopped.
"""

import asyncio
import ctypes
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter

# nbconvert's page without what it would fetch from a network: require.js, MathJax, mermaid.
PAGE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}"""

# A parameter: its beginning, its name, its value, and the comment after it.
PARAMETER = re.compile(r'(val (\w+)(?:: [\w<>?]+)? = )((?:"(?:\\.|[^"\\])*"|[^"])+?)(\s*(?://.*)?)')


class Unset(ValueError):
    """A parameter that cannot be set, and what there is instead."""


def parameters(notebook):
    """The parameters of a notebook by name: the cell, the line in it, and what PARAMETER found there."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", []):
            for number, line in enumerate(cell.source.split("\n")):
                match = PARAMETER.fullmatch(line)
                if match and all(match[3].count(a) == match[3].count(b) for a, b in ("()", "[]", "{}")):  # else it goes on below
                    found[match[2]] = cell, number, match
    return found


def set_parameters(notebook, name, values):
    """Gives parameters of the notebook of that name other values, each NAME=VALUE."""
    there = parameters(notebook)
    for text in values:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (equals and key and value) or "\n" in value:
            raise Unset(f"--set is not NAME=VALUE: {text}")
        if not there:
            raise Unset(f"{name} has no parameters, so {key} cannot be set: a parameter is a line `val NAME = VALUE` in a cell tagged `parameters`")
        if key not in there:
            raise Unset(f"{key} is not a parameter of {name}; there are: {', '.join(f'{k} = {m[3]}' for k, (_, _, m) in there.items())}")
        cell, number, match = there[key]
        lines = cell.source.split("\n")
        lines[number] = match[1] + value + match[4]
        cell.source = "\n".join(lines)


class Runner(NotebookClient):
    """A notebook's cells, one after the other, with a line in the terminal for each."""

    def __init__(self, notebook, folder):
        super().__init__(
            notebook,
            timeout=None,
            startup_timeout=120,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(folder)}},
            on_notebook_start=self.listen,
            on_cell_execute=self.begin,
            on_cell_executed=self.end,
        )
        self.code = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code" and c.source.strip()]
        self.live = sys.stdout.isatty()
        self.width = shutil.get_terminal_size().columns - 1 if self.live else 160
        self.stopped = False
        self.label = self.source = self.news = self.result = ""
        self.ticker = None
        self.start = 0.0

    def listen(self, notebook):
        """Stopping the run kills the kernel; the loop then ends by itself."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)

    def stop(self):
        self.stopped = True
        self.killing = asyncio.ensure_future(self.km.shutdown_kernel(now=True))

    def begin(self, cell, cell_index):
        self.label = f"cell {self.code.index(cell_index) + 1}/{len(self.code)}"
        self.source, self.news, self.start = cell.source, "", time.time()
        self.ticker = asyncio.ensure_future(self.tick())

    async def tick(self):
        """A line that moves in a terminal; one in half a minute where the output is kept."""
        while True:
            await asyncio.sleep(0.5 if self.live else 30)
            self.line(f"{self.label} … {time.time() - self.start:.0f} s  {self.news}", end="" if self.live else "\n")

    def end(self, cell, cell_index, execute_reply):
        self.ticker.cancel()
        told = ""
        if execute_reply["content"]["status"] == "ok":
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    told = first_line(output.data)
                    if "image/svg+xml" in output.data or "image/png" in output.data:
                        self.result = output.data["text/plain"].strip()
        self.line(f"{self.label}  {time.time() - self.start:.1f} s  {told}")

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("display_data", "update_display_data"):
            self.news = first_line(msg["content"]["data"])
        return super().process_message(msg, cell, cell_index)

    def line(self, text, end="\n"):
        print(("\r\033[K" if self.live else "") + text.rstrip()[: self.width], end=end, flush=True)


def end_with_me():
    """In the kernel's process, before it begins: Linux ends it when this process ends, also if that is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def first_line(data):
    return next(iter(data.get("text/plain", "").strip().splitlines()), "")


def indented(source):
    return "\n".join("    " + line for line in source.splitlines())


def write(notebook, name, folder):
    nbformat.write(notebook, folder / f"{name}.ipynb")
    page, _ = HTMLExporter(raw_template=PAGE).from_notebook_node(notebook, {"metadata": {"name": name}})
    (folder / f"{name}.html").write_text(page, encoding="utf-8")
    print(f"wrote {folder / name}.ipynb and .html")


def main(source, folder, log, *values):
    source, folder, log = Path(source), Path(folder), Path(log)
    try:
        notebook = nbformat.read(source, as_version=4)
    except Exception as e:
        print(f"{source} is not a notebook: {e}", file=sys.stderr)
        return 2
    try:
        set_parameters(notebook, source.name, values)
    except Unset as e:
        print(e, file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    runner = Runner(notebook, source.resolve().parent)
    failure = None
    with log.open("w") as err:
        try:
            runner.execute(stderr=err, **({"preexec_fn": end_with_me} if sys.platform == "linux" else {}))
        except CellExecutionError as e:
            failure = f"{runner.label} failed: {e.ename.rsplit('.', 1)[-1]}: {e.evalue}\n{indented(runner.source)}"
        except asyncio.CancelledError:  # stopped while the kernel started
            runner.stopped = True
        except (DeadKernelError, RuntimeError) as e:
            failure = f"{runner.label or 'the start'} failed: {e}; the kernel's log is {log}"
    if runner.stopped:
        print("\nstopped", file=sys.stderr)
        return 130
    write(notebook, source.stem, folder)
    if failure:
        print(failure, file=sys.stderr)
        return 1
    log.unlink()
    if runner.result:
        print(runner.result)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
