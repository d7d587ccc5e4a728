"""Every check of the project, on every JDK it is given; what `./zo test` runs.

    everything.py ROOT MAVEN BUILD_JDK "VERSION HOME" ...

The build and its tests run on the first JDK and again on the JVM of each other one; then the notebooks in the real
kernel on each, and JupyterLab in a headless Chromium. Nothing is skipped in silence: what a machine cannot run is a
printed, counted line. The last line counts, and stands alone.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

import kernel_test
import lab_test
import launcher_test


class Tally:
    """What passed, failed and was skipped, and one printed line for each that was not a passing JUnit test."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def fail(self, name, why):
        self.failed += 1
        print(f"FAIL  {name}: {why}", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"skip  {name}: {why}", flush=True)

    def ok(self, name):
        self.passed += 1
        print(f"pass  {name}", flush=True)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


class Told(unittest.TestResult):
    """The tests of one class, told as they end."""

    def __init__(self, tally, where):
        super().__init__()
        self.tally, self.where = tally, where

    def startTest(self, test):
        self.start = time.time()

    def name(self, test):
        # a class that could not be set up has no test to name
        words = getattr(test, "_testMethodName", str(test)).removeprefix("test_").replace("_", " ")
        return f"{self.where}: {words}"

    def addSuccess(self, test):
        self.tally.ok(f"{self.name(test)} ({time.time() - self.start:.0f} s)")

    def addSkip(self, test, reason):
        self.tally.skip(self.name(test), reason)

    def addFailure(self, test, err):
        self.tally.fail(self.name(test), str(err[1]).strip()[:4000])

    def addSubTest(self, test, subtest, err):
        if err:
            self.addFailure(test, (*err[:1], f"{subtest._subDescription()} {err[1]}"))

    def addError(self, test, err):
        self.tally.fail(self.name(test), f"{err[0].__name__}: {str(err[1]).strip()[:4000]}")


def junit(tally, root, maven, build_jdk, version, home, extra):
    """Builds and runs the JUnit tests on the JVM at `home`; Maven and the compilers run on `build_jdk`."""
    print(f"JDK {version}: {'tests' if extra else 'build and tests'} …", flush=True)
    start = time.time()
    for old in root.glob("*/target/surefire-reports/TEST-*.xml"):
        old.unlink()
    log = root / ".zo/log" / f"junit-{version}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        command = [maven, "-ntp", "-B", "-Dstyle.color=never", "-Dmaven.test.failure.ignore=true", "verify", f"-Dtest.java={home}/bin/java", *extra]
        code = subprocess.run(
            command, cwd=root, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env={**os.environ, "JAVA_HOME": build_jdk}
        ).returncode
    passed = failed = 0
    for report in sorted(root.glob("*/target/surefire-reports/TEST-*.xml")):
        for case in xml.parse(report).getroot().iter("testcase"):
            name = f"JDK {version}: {case.get('classname').rsplit('.', 1)[-1]} {case.get('name')}"
            bad = case.find("failure") if case.find("failure") is not None else case.find("error")
            if bad is not None:
                failed += 1
                tally.fail(name, (bad.get("message") or bad.get("type") or "").strip()[:300])
            elif case.find("skipped") is not None:
                skipped = case.find("skipped")  # an assumption's message is the first line of the text
                tally.skip(name, (skipped.get("message") or (skipped.text or "").strip().partition("\n")[0].rpartition("failed: ")[2])[:300])
            else:
                passed += 1
    tally.passed += passed
    if code != 0:
        said = log.read_text(errors="replace").partition("[ERROR] Failed to execute goal ")[2].splitlines()
        tally.fail(f"JDK {version}: build", "\n".join(said[:20]) + f"\nall of it is in {log}")
    print(f"JDK {version}: {passed} JUnit tests passed, {failed} failed, {time.time() - start:.0f} s", flush=True)


def python_tests(tally, where, *classes):
    for each in classes:
        unittest.defaultTestLoader.loadTestsFromTestCase(each).run(Told(tally, where))


def main(root, maven, build_jdk, *jdks):
    start = time.time()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = Path(root)
    jdks = [jdk.split(" ", 1) for jdk in jdks]
    tally = Tally()
    output = root / "integration-tests/target/notebooks"
    shutil.rmtree(output, ignore_errors=True)

    for version, home in jdks:
        first = home == jdks[0][1]
        junit(tally, root, maven, build_jdk, version, home, [] if first else ["-Dspotless.check.skip"])
    if len(jdks) == 1:
        tally.skip("a second JDK", f"only JDK {jdks[0][0]} was found; the tests and notebooks ran on it alone")

    for number, (version, home) in enumerate(jdks, 1):
        os.environ.update(
            ZO_JAVA_HOME=home,
            ZO_ROOT=str(root),
            ZO_OUTPUT=str(output / f"jdk-{version}"),
            ZO_SHARE=f"{number}/{len(jdks)}",
            JUPYTER_PATH=str(root / ".zo/jupyter" / f"jdk-{version}"),
        )
        python_tests(tally, f"JDK {version}", launcher_test.Notebooks, kernel_test.Kernel)
    python_tests(tally, "launcher", launcher_test.Launcher, launcher_test.Gpu)
    python_tests(tally, "JupyterLab", lab_test.Lab)

    print(f"{time.time() - start:.0f} s in all")
    print(tally)
    return 0 if tally.failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
