"""Writes the Kotlin kernel's spec, the descriptor behind `%use zo`, and JupyterLab's defaults.

    prepare.py STATE JAVA_HOME JAR_LIST [JVM_FLAG ...]

All are written anew at every start, so that absolute paths never go stale. The spec starts the JVM itself and not the
kernel's Python wrapper: nothing is left running when the kernel is killed, and no debug port is opened. It is named
`kotlin`, as the kernel's own, so that the notebooks also open elsewhere.
"""

import json
import os
import shlex
import sys
from pathlib import Path

import run_kotlin_kernel

# The kernel's own copies are the only ones its class loaders agree on.
FROM_THE_KERNEL = ("slf4j-", "kotlin-stdlib", "kotlin-reflect", "kotlin-jupyter")


def write(path, value):
    """Replaces a file at once: another kernel may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(value, indent=1), encoding="utf-8")
    draft.replace(path)


def main(state, java_home, jar_list, *flags):
    state = Path(state)
    user = state / "user"  # the kernel reads its libraries from the JVM's home folder
    jars = Path(jar_list).read_text(encoding="utf-8").split(os.pathsep)
    write(
        user / ".jupyter_kotlin/libraries/zo.json",
        {"description": "ZoLab", "dependencies": [j for j in jars if not Path(j).name.startswith(FROM_THE_KERNEL)]},
    )

    kernel = Path(run_kotlin_kernel.__file__).parent
    start = json.loads((kernel / "config/jar_args.json").read_text(encoding="utf-8"))
    argv = [
        str(Path(java_home, "bin/java")),
        *flags,
        f"-Duser.home={user}",
        f"-Dlogback.configurationFile={Path(__file__).with_name('logback.xml')}",
        *shlex.split(os.environ.get("ZO_JAVA_OPTS", "")),
        "-jar",
        str(kernel / "jars" / start["mainJar"]),
        "-classpath=" + os.pathsep.join(str(kernel / "jars" / jar) for jar in start["classPath"]),
        "{connection_file}",
        f"-home={kernel}",
    ]
    write(
        Path(os.environ["JUPYTER_PATH"], "kernels/kotlin/kernel.json"),
        {"argv": argv, "display_name": "Kotlin (zo)", "language": "kotlin", "interrupt_mode": "message"},
    )
    write(
        Path(os.environ["JUPYTER_CONFIG_DIR"], "labconfig/default_setting_overrides.json"),
        {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}},
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
