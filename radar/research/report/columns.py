"""Small charts of columns, as drawings in the page itself."""

from __future__ import annotations

from dataclasses import dataclass

from radar.research.report.markup import Markup, element

WIDTH = 480.0
HEIGHT = 190.0
TOP, BOTTOM = 18.0, 40.0


@dataclass(frozen=True)
class Column:
    """A column from ``low`` to ``high`` over ``label``; ``figure`` stands at its end, ``hint`` shows on pointing."""

    label: str
    low: float
    high: float
    figure: str
    hint: str
    class_: str = ""
    is_below: bool = False


def column_chart(columns: list[Column], title: str, *, joined: bool = False, crowded: bool = False) -> Markup:
    """A chart of ``columns``. ``joined`` draws a line from each column's end to the next; ``crowded`` sets them
    close together, with labels at their left edges.
    """
    lowest = min([0.0, *(column.low for column in columns)])
    highest = max([0.0, *(column.high for column in columns)])
    span = (highest - lowest) or 1.0
    room = HEIGHT - TOP - BOTTOM
    slot = WIDTH / max(len(columns), 1)

    def place(value: float) -> float:
        return TOP + (highest - value) / span * room

    shapes: list[Markup] = []
    for index, column in enumerate(columns):
        left, width = index * slot + slot * 0.14, slot * 0.72
        if crowded:
            left, width = index * slot + 0.75, slot - 1.5
        top, height = place(column.high), max(place(column.low) - place(column.high), 1.0)
        middle = left + width / 2
        below = column.is_below and not crowded
        shapes.append(
            element(
                "g",
                element("title", column.hint),
                element(
                    "rect", x=_n(index * slot), y=_n(0), width=_n(slot), height=_n(HEIGHT - BOTTOM), class_="reach"
                ),
                element(
                    "rect", x=_n(left), y=_n(top), width=_n(width), height=_n(height), class_=column.class_ or "bar"
                ),
                element(
                    "text", column.figure, x=_n(middle), y=_n(top + height + 12 if below else top - 5), class_="figure"
                )
                if column.figure
                else None,
                element(
                    "text", column.label, x=_n(index * slot if crowded else middle), y=_n(HEIGHT - 10), class_="label"
                )
                if column.label
                else None,
            )
        )
    shapes.append(element("line", x1="0", x2=_n(WIDTH), y1=_n(place(0)), y2=_n(place(0)), class_="zero"))
    if joined:
        shapes.extend(_joints(columns, slot, place))
    return element("svg", *shapes, viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}", role="img", aria_label=title, class_="columns")


def _joints(columns: list[Column], slot: float, place: object) -> list[Markup]:
    assert callable(place)
    lines = []
    for index, column in enumerate(columns[:-1]):
        end = place(column.low if column.is_below else column.high)
        left, right = index * slot + slot * 0.86, (index + 1) * slot + slot * 0.14
        lines.append(element("line", x1=_n(left), x2=_n(right), y1=_n(end), y2=_n(end), class_="joint"))
    return lines


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
