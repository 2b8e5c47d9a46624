"""R1xxx: the text is no YAML 1.2 that Radar reads."""

from __future__ import annotations

from radar.spec.codes.code import Code

CODES = (
    Code(
        "R1001",
        "a file or folder cannot be read",
        "The path does not exist, is a folder, or may not be read by this user.",
    ),
    Code("R1002", "the file is not UTF-8", "YAML files are UTF-8 text. An editor's 'save as' can convert them."),
    Code(
        "R1003",
        "this is not YAML",
        "The text cannot be parsed from this place on: a bracket or quote is not closed, the indentation is uneven, "
        "or a value holds a colon and a blank. What follows cannot be judged until this is repaired.",
        "radar: 1\nassets: [BTC, ETH\n",
        "radar: 1\nassets: [BTC, ETH]\n",
    ),
    Code(
        "R1004",
        "a tab is used for indentation",
        "YAML forbids tabs there, because editors show them with different widths.",
        "radar: 1\nnodes:\n\tcandles: {source: candles}\n",
        "radar: 1\nnodes:\n  candles: {source: candles}\n",
    ),
    Code(
        "R1005",
        "a key is written twice",
        "Many readers silently keep the last of two equal keys, so that the first one is without effect and nobody "
        "sees it. Radar refuses both.",
        "clock: 1h\nclock: 4h\n",
        "clock: 1h\n",
    ),
    Code(
        "R1006",
        "a key is not text",
        "Keys are names. A number, true, false, null or a list as a key is written in quotes if it is meant as text.",
        "radar: 1\n1: one\n",
        'radar: 1\n"1": one\n',
    ),
    Code(
        "R1007",
        "a tag is used",
        "Tags such as !!str or !custom would give a value another type than its parameter declares.",
        "clock: !custom 1h\n",
        "clock: 1h\n",
    ),
    Code(
        "R1008",
        "several documents in one file",
        "A file holds one pipeline.",
        "radar: 1\n---\nradar: 1\n",
        "radar: 1\n",
    ),
    Code("R1009", "the file is empty", "It holds nothing, or only comments.", "# nothing\n", "radar: 1\n"),
    Code(
        "R1010",
        "the file is too large or too deeply nested",
        "A pipeline needs a few kilobytes and a few levels. The limit protects from texts that grow without end when "
        "their aliases are followed.",
        "a: " + "[" * 40 + "]" * 40 + "\n",
        "a: [[]]\n",
    ),
    Code(
        "R1011",
        "an alias without an anchor",
        "*name repeats the value that stands at &name before it; here is none, or it would contain itself.",
        "a: *missing\n",
        "a: &present 1\nb: *present\n",
    ),
    Code(
        "R1012",
        "a merge key",
        "The key << belongs to YAML 1.1. Values that several nodes share stand in a block of config/.",
        "a: &shared {period: 14}\nb: {<<: *shared}\n",
        "a: {with: strategies.shared}\n",
    ),
    Code("R1013", "a character that YAML does not allow", "Control characters cannot stand in a YAML text."),
    Code(
        "R1014",
        "another version of YAML is asked for",
        "Under YAML 1.1 the words on, off, yes and no are truth values and 1:30 is the number 90. Radar reads YAML "
        "1.2.",
        "%YAML 1.1\n---\nradar: 1\n",
        "%YAML 1.2\n---\nradar: 1\n",
    ),
)
