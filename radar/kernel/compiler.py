"""How numba compiles a kernel: the functions of it stay as they were lowered until the kernel is whole.

Left alone, numba optimises and emits every function by itself, and then again inside each of its callers. Here a
function that only compiled code calls is a part: it is lowered and put aside. Who calls it takes it in with the parts
that it calls itself, and the library of the kernel optimises everything together and emits machine code once. That
takes a quarter off the time of a compile.

These classes use names of numba that are not documented for others (``_linking_libraries``, ``_finalized``,
``_final_module``). Each has been there for many releases, and every test that runs a kernel would see one change.
"""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class PartLibrary(JITCodeLibrary):
    """The code of one function that only compiled code calls."""

    def finalize(self) -> None:
        """Leave the code as it is."""
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        if self._shared_module is None:
            module = super()._get_module_for_linking().clone()  # type: ignore[no-untyped-call]
            for part in self._linking_libraries:
                module.link_in(part._get_module_for_linking(), preserve=True)
            self._shared_module = module
        return self._shared_module

    def get_pointer_to_function(self, name: str) -> int:  # noqa: ARG002 - numba asks for a name
        """No machine code, so no address."""
        return 0

    @property
    def codegen(self) -> Any:
        """Where numba binds what a function needs to raise an exception; a part raises none."""
        return self

    def set_env(self, name: str, environment: object) -> None:
        """Bind nothing."""


class KernelLibrary(JITCodeLibrary):
    """The code of a whole kernel."""

    def _optimize_final_module(self) -> None:
        # What nobody outside can call is known in full, so that a caller may rely on what it does not write to.
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage.name == "linkonce_odr":
                function.linkage = "internal"
        super()._optimize_final_module()  # type: ignore[no-untyped-call]


class PartCompiler(Compiler):
    """Compiles a function that only compiled code calls."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self.state.library = PartLibrary(self.state.targetctx.codegen(), "part")  # type: ignore[no-untyped-call]
        self.state.library.enable_object_caching()


class KernelCompiler(Compiler):
    """Compiles the function of a kernel that Python calls.

    Its arrays never overlap (``noalias``), so a load of a parameter need not be repeated after every store to a state.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)  # type: ignore[no-untyped-call]
        self.state.flags.noalias = True
        self.state.library = KernelLibrary(self.state.targetctx.codegen(), "kernel")  # type: ignore[no-untyped-call]
        self.state.library.enable_object_caching()


def remember_names() -> None:
    """Make a record type write out its name once in this process.

    numba asks for the name at each call that it resolves, and the record of a lane holds every node's: in a pipeline
    of many strategies that was a fifth of the time of a compile. A record type never changes.
    """
    write = types.Record.__repr__

    def name(record: types.Record) -> str:
        known: str | None = vars(record).get("_radar_name")
        if known is None:
            known = vars(record)["_radar_name"] = write(record)
        return known

    types.Record.__repr__ = name  # type: ignore[assignment, method-assign]
