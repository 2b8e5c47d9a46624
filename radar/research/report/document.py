"""A page as one HTML document that needs nothing else, and that nothing else can act in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from importlib import resources
from typing import Any

from radar.research.report.markup import Markup, element, embedded_json

PACKAGE = "radar.research.report"


def document(title: str, parts: Iterable[Markup], data: Any, *, style: str, script: str) -> str:
    """The document: ``parts`` of its body, ``data`` that the script reads from the element ``report-data``."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    # Nothing may be loaded from anywhere, and no script runs but the one whose digest stands here.
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content="Radar"),
        element("title", title),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        *parts,
        element("script", embedded_json(data), type="application/json", id="report-data"),
        element("script", Markup(script)),
    )
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def contents(main: Markup, titles: Iterable[tuple[str, str]], always: str) -> Markup:
    """Links to the sections that ``main`` has, and to ``always``, which stands behind it."""
    links = [element("a", title, href=f"#{name}") for name, title in titles if f'id="{name}"' in main or name == always]
    return element("nav", *links, aria_label="Contents")


def scope(files: Iterable[str]) -> str:
    """Scripts in one scope, so that nothing of them is global."""
    text = "\n".join(read(f"{name}.js") for name in files)
    return f'(() => {{\n"use strict";\n{text}}})();\n'


def read(name: str) -> str:
    """The text of a file beside the page's code."""
    return resources.files(PACKAGE).joinpath(name).read_text(encoding="utf-8")
