"""``radarctl explain``: what a code, a refusal or an exit reason means, and what helps."""

from __future__ import annotations

from typing import Annotated

import typer

from radar.cli import screen
from radar.cli.options import Format, Output, examples

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
    from radar.engine.topics import find_topics, topics

    chosen = topics() if code is None else find_topics(code)
    if output == Format.JSON:
        content = [topic.to_json() for topic in chosen]
        screen.write_json(content if code is None else content[0] if len(content) == 1 else content)
    elif code is None:
        for group in dict.fromkeys(topic.group for topic in chosen):
            rows = [(topic.name, topic.title) for topic in chosen if topic.group == group]
            screen.show_table(("code", "what it is about"), rows, title=group)
    else:
        screen.say("\n\n".join(topic.text for topic in chosen))
