"""``radarctl explain``: what a code, a refusal or an exit reason means, and what helps."""

from __future__ import annotations

from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.options import Format, Output, examples
from radar.cli.topics import Topic, topics
from radar.errors import RadarError

EXAMPLES = examples(
    "radarctl explain R3001",
    "radarctl explain data-gap",
    "radarctl explain margin_guard                (why an entry was refused)",
    "radarctl explain                             (everything there is)",
)


def explain(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="A code, a refusal or an exit reason.", show_default=False)
    ] = None,
    output: Output = Format.TABLE,
) -> None:
    """Explain a code, a refusal or an exit reason.

    With a wrong and a right example where there is one. Without a code: list all there are."""
    known = topics()
    chosen = known if code is None else [topic for topic in known if topic.name.lower() == _name(code)]
    if code is not None and not chosen:
        raise _unknown(code, known)
    if output == Format.JSON:
        content = [topic.to_json() for topic in chosen]
        screen.write_json(content if code is None else content[0] if len(content) == 1 else content)
    elif code is None:
        for group in dict.fromkeys(topic.group for topic in known):
            rows = [(topic.name, topic.title) for topic in known if topic.group == group]
            screen.show_table(("code", "what it is about"), rows, title=group)
    else:
        screen.say("\n\n".join(topic.text for topic in chosen))


def _unknown(code: str, known: list[Topic]) -> RadarError:
    from radar.spec.suggest import nearest

    close = nearest(_name(code), [topic.name for topic in known])
    return RadarError(
        f"there is nothing called {code!r} to explain",
        expected="a code such as R3001 or data-gap, a refusal, or an exit reason",
        next_step=f"radarctl explain {close[0]}" + "".join(f", or {one}" for one in close[1:])
        if close
        else "radarctl explain lists them all",
    )


def _name(text: str) -> str:
    """A name as it is written in a table; people say it with blanks and in any case."""
    return text.strip().lower().replace(" ", "_")
