"""What is known about a code."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent
from typing import Literal

__all__ = ["Code"]


@dataclass(frozen=True)
class Code:
    """One kind of finding.

    Args:
        code: ``R`` and four digits; never used for anything else later.
        title: What is wrong, in general.
        cause: How it comes about and why it is refused.
        wrong: An example. Node entries and keys of the top level are completed to a whole pipeline by the tests, which
            run both examples; a key of a node that is given without a kind is added to the node of that name.
        corrected: The same example as it should be.
        severity: ``error`` stops a run, ``warning`` does not.
    """

    code: str
    title: str
    cause: str
    wrong: str = ""
    corrected: str = ""
    severity: Literal["error", "warning"] = "error"

    @property
    def text(self) -> str:
        """The page that ``radarctl explain`` prints."""
        parts = [f"{self.code}: {self.title} ({self.severity})", self.cause]
        for title, example in (("Wrong:", self.wrong), ("Right:", self.corrected)):
            if example:
                parts.append(f"{title}\n\n{indent(dedent(example).strip(chr(10)), '    ')}")
        return "\n\n".join(parts)
