"""HTML from data. Text is escaped unless it is :class:`Markup`, so that no name can become a tag."""

from __future__ import annotations

import html
import json
from typing import Any

VOID = frozenset({"meta", "input"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def fragment(*children: object) -> Markup:
    """The children in a row; None is nothing, and what is not :class:`Markup` is escaped."""
    return Markup("".join(_text(child) for child in children))


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """One element. ``class_`` is ``class``, other underscores are hyphens; None and False leave an attribute out."""
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        word = name.rstrip("_").replace("_", "-")
        written.append(f" {word}" if value is True else f' {word}="{html.escape(str(value), quote=True)}"')
    start = f"<{tag}{''.join(written)}>"
    return Markup(start) if tag in VOID else Markup(f"{start}{fragment(*children)}</{tag}>")


def embedded_json(data: Any) -> Markup:
    """``data`` as JSON that is safe inside a script element: no character in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def section(name: str, title: str, *children: object, note: object = None) -> Markup:
    """A part of the page that the table of contents can point to."""
    head = element("header", element("h2", title, id=f"{name}-title"), element("p", note) if note else None)
    return element("section", head, *children, id=name, aria_labelledby=f"{name}-title")


def table(head: list[object], rows: list[list[object]], *, caption: str, class_: str = "") -> Markup:
    """A table whose first column names its rows. Cells may be ``td`` elements of their own."""
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", *(_column_head(cell) for cell in head))),
            element("tbody", *(element("tr", _row_head(row[0]), *(_cell(cell) for cell in row[1:])) for row in rows)),
            class_=class_ or None,
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label=caption,
    )


def _column_head(cell: object) -> Markup:
    return cell if isinstance(cell, Markup) and cell.startswith("<th") else element("th", cell, scope="col")


def _row_head(cell: object) -> Markup:
    return cell if isinstance(cell, Markup) and cell.startswith("<th") else element("th", cell, scope="row")


def _cell(cell: object) -> Markup:
    return cell if isinstance(cell, Markup) and cell.startswith("<td") else element("td", cell)


def _text(child: object) -> str:
    if child is None or child is False:
        return ""
    return child if isinstance(child, Markup) else html.escape(str(child), quote=True)
