"""Where generated kernels live, named by the digest of everything that they are made of.

The digest covers the generated text, the source of every module that the kernel can reach, how it is compiled, the
versions of Python, numba, llvmlite and numpy, and the processor. A cached kernel can therefore be unused, but never
stale. The folder is ``RADAR_CACHE``, else the user's cache folder.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """The folder of generated kernels; made on first use."""
    named = os.environ.get("RADAR_CACHE")
    folder = Path(named) if named else Path(platformdirs.user_cache_path("radar", appauthor=False)) / "kernels"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


HOW = ("borrow", "compiler", "load", "reach")
"""Modules of this package that decide how a kernel is compiled."""


def machine() -> str:
    """What compiled code depends on besides its source: interpreter, compiler and how it is used, processor."""
    import llvmlite
    import llvmlite.binding as llvm
    import numba
    import numpy

    features = llvm.get_host_cpu_features().flatten()
    return "\n".join(
        (
            platform.python_version(),
            platform.machine(),
            numba.__version__,
            llvmlite.__version__,
            numpy.__version__,
            llvm.get_host_cpu_name(),
            features,
            *(Path(__file__).with_name(f"{name}.py").read_text(encoding="utf-8") for name in HOW),
        )
    )


def kernel_digest(text: str, sources: str) -> str:
    """SHA-256 that names a kernel on this machine."""
    return hashlib.sha256("\0".join((text, sources, machine())).encode("utf-8")).hexdigest()


def write_module(text: str, digest: str) -> Path:
    """Write the module ``radar_kernel_DIGEST.py`` unless it is there, whole or not at all."""
    path = cache_folder() / f"radar_kernel_{digest[:24]}.py"
    if not path.exists():
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".kernel-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(temporary, path)
    return path
