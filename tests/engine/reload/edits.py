"""Edits of a pipeline as a person makes them: its text as plain data, changed and written again."""

from __future__ import annotations

import json
from typing import Any

from ruamel.yaml import YAML

from radar.nodes.kind import ROLES

Content = dict[str, Any]


def read(text: str) -> Content:
    """A pipeline's text as plain data."""
    content: Content = YAML(typ="safe", pure=True).load(text)
    return content


def write(content: Content) -> str:
    """Plain data as a pipeline's text: JSON is YAML."""
    return json.dumps(content, indent=1)


def role_of(node: Content) -> str:
    """Which of the roles an entry has."""
    return next(role for role in ROLES if role in node)


def named(content: Content, *roles: str) -> list[str]:
    """The nodes of a role."""
    return [name for name, node in content["nodes"].items() if role_of(node) in roles]


def rewired(wires: Any, old: str, new: str) -> Any:
    """Inputs in which ``new`` is read instead of ``old``."""
    if isinstance(wires, dict):
        return {port: rewired(one, old, new) for port, one in wires.items()}
    if isinstance(wires, list):
        return [rewired(one, old, new) for one in wires]
    head, dot, port = str(wires).partition(".")
    return f"{new}{dot}{port}" if head == old else wires


def renamed(content: Content, old: str, new: str, *, was: bool) -> Content:
    """A node under another name, everywhere; ``was`` says that it is the same one."""
    nodes = {}
    for name, node in content["nodes"].items():
        changed = {**node, **({"in": rewired(node["in"], old, new)} if "in" in node else {})}
        nodes[new if name == old else name] = changed
    if was:
        nodes[new]["was"] = old
    text = write({**content, "nodes": nodes})
    return read(text.replace("${" + old + ".", "${" + new + "."))


def without(content: Content, name: str) -> Content:
    """A risk node taken out: what read it reads what it read."""
    through = content["nodes"][name]["in"]
    through = through["in"] if isinstance(through, dict) else through
    nodes = {}
    for other, node in content["nodes"].items():
        if other == name:
            continue
        if role_of(node) == "sink":
            wires = node["in"] if isinstance(node["in"], list) else [node["in"]]
            node = {**node, "in": [one for one in wires if str(one).partition(".")[0] != name]}
        elif "in" in node and not isinstance(through, list):
            node = {**node, "in": rewired(node["in"], name, through)}
        nodes[other] = node
    return {**content, "nodes": nodes}


def behind(content: Content, name: str, new: str, entry: Content) -> Content:
    """A risk node ``entry`` put between ``name`` and the accounts that read it."""
    nodes = {}
    for other, node in content["nodes"].items():
        if role_of(node) == "executor":
            node = {**node, "in": rewired(node["in"], name, new)}
        nodes[other] = node
    nodes[new] = {**entry, "in": name}
    return {**content, "nodes": nodes}


def altered(content: Content, name: str, **keys: Any) -> Content:
    """A node with other keys."""
    return {**content, "nodes": {**content["nodes"], name: {**content["nodes"][name], **keys}}}
