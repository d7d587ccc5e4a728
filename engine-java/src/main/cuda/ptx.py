"""Makes pass.ptx of pass.cu, with NVIDIA's runtime compiler and without a GPU:

    pip install nvidia-cuda-nvrtc-cu12==12.1.105
    python engine-java/src/main/cuda/ptx.py

The PTX is of compute capability 8.0, which every later GPU takes: its driver compiles it when it is loaded. Its first line is the hash of
the source, which a test compares.
"""

import ctypes
import hashlib
import importlib.util
import pathlib
import sys

SPACE = pathlib.Path(__file__).parents[1] / "resources/org/zolab/space"
OPTIONS = [b"--gpu-architecture=compute_80", b"--fmad=false", b"--std=c++17"]


def library() -> ctypes.CDLL:
    found = importlib.util.find_spec("nvidia.cuda_nvrtc")
    if found is None:
        sys.exit("NVRTC is not installed: pip install nvidia-cuda-nvrtc-cu12==12.1.105")
    folder = pathlib.Path(list(found.submodule_search_locations)[0]) / "lib"
    return ctypes.CDLL(str(folder / "libnvrtc.so.12"))


def compiled(source: bytes) -> bytes:
    nvrtc = library()
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(ctypes.byref(program), source, b"pass.cu", 0, None, None)
    failed = nvrtc.nvrtcCompileProgram(program, len(OPTIONS), (ctypes.c_char_p * len(OPTIONS))(*OPTIONS))
    size = ctypes.c_size_t()
    nvrtc.nvrtcGetProgramLogSize(program, ctypes.byref(size))
    log = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetProgramLog(program, log)
    if failed:
        sys.exit(log.value.decode())
    nvrtc.nvrtcGetPTXSize(program, ctypes.byref(size))
    ptx = ctypes.create_string_buffer(size.value)
    nvrtc.nvrtcGetPTX(program, ptx)
    return ptx.value


if __name__ == "__main__":
    source = (SPACE / "pass.cu").read_bytes()
    head = f"// of pass.cu with SHA-256 {hashlib.sha256(source).hexdigest()}\n"
    (SPACE / "pass.ptx").write_bytes(head.encode() + compiled(source))
