"""The DSL in the kernel that users have: what a cell gives, and what stops it."""

import atexit
import base64
import os
import threading
import time
import unittest
from pathlib import Path

import psutil
from jupyter_client.manager import KernelManager

# A short run of the embedded model: what is looked at here is the cell, not what the model learns.
RUN = 'sampler = ldsd(); model = opt("nano"); task = apidocs(); devExamples = 20; testExamples = 0'


class Answer:
    """All that came back for one cell."""

    def __init__(self):
        self.status, self.data, self.frames, self.error, self.text = "", {}, [], None, ""


class Kernel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(os.environ["ZO_OUTPUT"])
        folder.mkdir(parents=True, exist_ok=True)
        cls.log = (folder / "kernel.log").open("w")
        cls.addClassCleanup(cls.log.close)
        cls.manager = KernelManager(kernel_name="kotlin")
        cls.manager.start_kernel(stderr=cls.log)
        atexit.register(cls.manager.shutdown_kernel, now=True)  # also when the tests are stopped
        cls.addClassCleanup(cls.manager.shutdown_kernel, now=True)
        cls.client = cls.manager.client()
        cls.client.start_channels()
        cls.addClassCleanup(cls.client.stop_channels)
        cls.client.wait_for_ready(timeout=120)
        cls.first = cls.run_cell(f"%use zo\nplan {{ {RUN}; steps = 10 }}")

    @classmethod
    def run_cell(cls, code, interrupt_after=None):
        """Runs a cell to its end; interrupts the kernel that long after the first frame."""
        answer, sent = Answer(), cls.client.execute(code)
        end = time.time() + 240
        while time.time() < end:
            message = cls.client.get_iopub_msg(timeout=240)
            if message["parent_header"].get("msg_id") != sent:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind == "stream":
                answer.text += content["text"]
            elif kind == "error":
                answer.error = content
            elif kind == "execute_result":
                answer.data = content["data"]
            elif kind in ("display_data", "update_display_data"):
                answer.frames.append((time.time(), content["data"]))
                if interrupt_after is not None and len(answer.frames) == 1:
                    threading.Timer(interrupt_after, cls.interrupt, (answer,)).start()
        reply = cls.client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != sent:
            reply = cls.client.get_shell_msg(timeout=60)
        answer.status, answer.ended = reply["content"]["status"], time.time()
        return answer

    @classmethod
    def interrupt(cls, answer):
        answer.interrupted = time.time()
        cls.manager.interrupt_kernel()

    def assert_ok(self, answer):
        self.assertEqual(answer.status, "ok", answer.error and answer.error["evalue"])

    def test_a_plan_in_the_first_cell_tells_what_it_costs(self):
        self.assert_ok(self.first)
        self.assertIn("forwards", self.first.data["text/plain"])

    def test_a_cell_shows_live_frames_and_its_value_is_the_figure(self):
        answer = self.run_cell(f"zo {{ {RUN}; steps = 30 }}")
        self.assert_ok(answer)
        self.assertGreaterEqual(set(answer.data), {"text/html", "image/svg+xml", "image/png", "text/plain"})
        self.assertTrue(base64.b64decode(answer.data["image/png"]).startswith(b"\x89PNG"))
        self.assertIn("<img", answer.data["text/html"])
        self.assertIn("data:image/svg+xml;base64,", answer.data["text/html"])
        self.assertGreater(len(answer.frames), 2)
        times = [at for at, _ in answer.frames]
        self.assertLessEqual(len(times), 4 * (times[-1] - times[0]) + 4, "more than 4 updates a second")

    def test_the_literal_form(self):
        for code in (
            f"zo < {RUN}; steps = 3 >",
            f"val run = zo <\n    {RUN}\n    steps = 3 // 2 < 3, 3 > 2\n>\nrun",
            f"val a = zo < {RUN}; steps = 2 >\nzo < {RUN}; steps = 2 >",
        ):
            with self.subTest(code):
                answer = self.run_cell(code)
                self.assert_ok(answer)
                self.assertIn("image/svg+xml", answer.data)
        answer = self.run_cell('val zo1 = 3\nlistOf<Int>(zo1).size < 5 && "zo < x >".length > 3')
        self.assert_ok(answer)
        self.assertEqual(answer.data["text/plain"], "true")

    def test_an_interrupt_keeps_the_partial_run_and_the_kernel(self):
        answer = self.run_cell(f"val partial = zo {{ {RUN}; steps = 100_000 }}\npartial", interrupt_after=4)
        self.assert_ok(answer)
        self.assertLess(answer.ended - answer.interrupted, 10)
        self.assertIn("image/svg+xml", answer.data)
        steps = self.run_cell("partial.steps().size")
        self.assert_ok(steps)
        self.assertGreater(int(steps.data["text/plain"]), 0)
        self.assertLess(int(steps.data["text/plain"]), 100_000)
        self.assert_ok(self.run_cell(f"zo {{ {RUN}; steps = 3 }}"))

    def test_a_block_with_mistakes_gives_one_short_message_that_names_all(self):
        answer = self.run_cell('zo { sampler = ldsd(); steps = -3; batch = 0 }')
        self.assertEqual(answer.status, "error")
        told = answer.error["evalue"]
        for word in ("model", "steps", "-3", "batch"):
            self.assertIn(word, told)
        self.assertLess(len("\n".join(answer.error["traceback"]).splitlines()), 20)

    def test_a_missing_model_says_where_it_looked(self):
        answer = self.run_cell('zo { sampler = mezo(); model = opt("1.3b"); task = apidocs() }')
        self.assertEqual(answer.status, "error")
        self.assertIn("opt-1.3b", answer.error["evalue"])
        self.assertLess(len("\n".join(answer.error["traceback"]).splitlines()), 25)

    def test_the_next_cells_run_while_zoAsync_does(self):
        started = self.run_cell(f"val later = zoAsync {{ {RUN}; steps = 60 }}")
        self.assert_ok(started)
        busy = self.run_cell("later.progress.value.finished")
        self.assertEqual(busy.data["text/plain"], "false")
        done = self.run_cell("later.await()")
        self.assert_ok(done)
        self.assertIn("image/svg+xml", done.data)

    def test_no_port_but_the_kernels_own_is_open(self):
        process = psutil.Process(self.manager.provisioner.process.pid)
        family = [process, *process.children(recursive=True)]
        open_ports = {c.laddr.port for p in family for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN}
        info = self.manager.get_connection_info()
        own = {info[name] for name in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")}
        self.assertTrue(open_ports)
        self.assertEqual(open_ports - own, set())

    def test_the_log_is_quiet(self):
        self.log.flush()
        lines = Path(self.log.name).read_text().splitlines()
        noise = [line for line in lines if " DEBUG " in line or " INFO " in line or "SLF4J" in line]
        self.assertEqual(noise, [])
