"""Exit codes, and how an error reaches the user: what, where, what was expected, what to do. Never a traceback.

``RADAR_DEBUG=1`` shows the traceback of a defect.
"""

from __future__ import annotations

import os
import traceback
from typing import Any

import typer
from typer.core import TyperGroup

from radar import __version__
from radar.cli import screen
from radar.cli.options import Format
from radar.errors import DefectError, RadarError, UnreachableError

__all__ = ["DEFECT", "FAILED", "INTERRUPTED", "OK", "UNREACHABLE", "WRONG_INPUT", "Program"]

OK = 0
FAILED = 1
"""The command ran, and what it looked at is not right: errors found, a test failed, other bytes."""
WRONG_INPUT = 2
"""The command could not run: a wrong option, a file or data that cannot be used."""
UNREACHABLE = 3
"""No server answers where one was looked for."""
DEFECT = 70
"""Radar or the machine failed, whatever the input was: an error that nobody expected, books that contradict themselves,
a kernel that does not compile, no memory left."""
INTERRUPTED = 130


class Program(TyperGroup):
    """The group of all commands. Renders what any of them raises, and ends with the fitting exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that the arguments name."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            screen.note("stopped")
            raise typer.Exit(INTERRUPTED) from None
        except RadarError as error:
            as_json = ctx.find_root().obj == Format.JSON
            if isinstance(error, DefectError):
                _show_defect(error, error, as_json=as_json)
                raise typer.Exit(DEFECT) from None
            _show(error, as_json=as_json)
            raise typer.Exit(UNREACHABLE if isinstance(error, UnreachableError) else WRONG_INPUT) from None
        except OSError as error:
            _show(_of_system(error), as_json=ctx.find_root().obj == Format.JSON)
            raise typer.Exit(WRONG_INPUT) from None
        except Exception as error:
            _show_defect(_unexpected(error), error, as_json=ctx.find_root().obj == Format.JSON)
            raise typer.Exit(DEFECT) from None


def _of_system(error: OSError) -> RadarError:
    reason = error.strerror or str(error)
    names = [str(name) for name in (error.filename, error.filename2) if name]
    return RadarError(
        f"{' to '.join(names)}: {reason}" if names else reason,
        next_step="see that the path is right, that you may read and write there, and that the disk is not full",
    )


def _show(error: RadarError, *, as_json: bool) -> None:
    from radar.spec.diagnostic import SpecError, summary

    if as_json:
        content: dict[str, Any] = {"error": error.to_json()}
        if isinstance(error, SpecError):
            content["error"]["message"] = summary(error.diagnostics)
            content["diagnostics"] = [found.to_json() for found in error.diagnostics]
        screen.write_json(content)
    elif isinstance(error, SpecError):
        screen.note(error.message)
        screen.note(f"next: {error.next_step}" if error.next_step else "")
    else:
        screen.note(f"error {error.code}: {error}" if error.code else f"error: {error}")
        if error.code:
            screen.note(f"  more: radarctl explain {error.code}")


def _unexpected(error: Exception) -> DefectError:
    words = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return DefectError(
            f"this machine has no memory left{f': {words}' if words else ''}",
            next_step="choose a shorter period or fewer assets, or end other programs",
        )
    return DefectError(
        f"unexpected {type(error).__name__}: {words}",
        next_step="report it with the command, the pipeline and its configuration",
    )


def _show_defect(shown: RadarError, cause: Exception, *, as_json: bool) -> None:
    if os.environ.get("RADAR_DEBUG"):
        screen.note("".join(traceback.format_exception(cause)).rstrip())
    _show(shown, as_json=as_json)
    if not isinstance(cause, MemoryError):
        screen.note(f"  This is a defect of Radar {__version__} or of this machine, not of your input.")
        screen.note("  RADAR_DEBUG=1 in the environment shows where it happened: add that to the report")
