"""YAML 1.2 text to a tree with places."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from radar.spec.findings import Findings
from radar.spec.source import Source, Span
from radar.spec.tree import ListValue, MapValue, Plain, Scalar, Value, describe
from radar.spec.yaml import MOST_BYTES, read_source, read_yaml
from tests.spec.frame import codes


def tree(text: str) -> tuple[Value | None, Findings]:
    """The tree of a text and what was found."""
    findings = Findings()
    return read_yaml(Source("t.yaml", text), findings), findings


def value_of(text: str) -> Plain:
    """The value of `key: text`."""
    root, findings = tree(f"key: {text}\n")
    assert findings.sorted() == ()
    assert isinstance(root, MapValue)
    value = root.get("key")
    assert isinstance(value, Scalar)
    return value.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("NO", "NO"),
        ("True", "True"),
        ("1:30", "1:30"),
        ("2025-01-01", "2025-01-01"),
        ("1_000", "1_000"),
        ("0777", 777),
        ("0o17", 15),
        ("0x1F", 31),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("5m", "5m"),
        ("25%", "25%"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ('"true"', "true"),
        ("'14'", "14"),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("BTC/USDT:USDT", "BTC/USDT:USDT"),
        ("|\n  two\n  lines", "two\nlines\n"),
    ],
)
def test_scalars_are_read_as_yaml_1_2(text: str, value: Plain) -> None:
    """The words of YAML 1.1 are text; numbers, truth values and null have one meaning each."""
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_a_number_too_long_to_be_one_is_text() -> None:
    """A run of thousands of digits is neither slow nor an error of Python."""
    assert value_of("9" * 5000) == "9" * 5000


def test_every_key_and_value_has_its_place() -> None:
    """Spans are lines and columns from 1; a flow collection ends where its bracket does."""
    root, _ = tree("a: 1\nb: [x, {c: 'd e'}]\n")
    assert isinstance(root, MapValue)
    assert [entry.key.place.span for entry in root] == [Span(1, 1, 2), Span(2, 1, 2)]
    items = root.get("b")
    assert isinstance(items, ListValue)
    assert items.place.span == Span(2, 4, 19)
    inner = items.items[1]
    assert isinstance(inner, MapValue)
    assert inner.place.span == Span(2, 8, 18)
    quoted = inner.get("c")
    assert quoted is not None
    assert quoted.place.span == Span(2, 12, 17)


def test_an_alias_repeats_its_anchor() -> None:
    """Anchors may be used within a file; a value keeps the place of its anchor."""
    root, findings = tree("a: &x [1, 2]\nb: *x\n")
    assert findings.sorted() == ()
    assert isinstance(root, MapValue)
    assert root.get("a") == root.get("b")


def test_an_alias_bomb_is_stopped() -> None:
    """Nine levels of nine aliases, a billion values, are refused before they are built."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    _, findings = tree("\n".join(lines))
    assert codes(findings.sorted()) == ["R1010"]


def test_deep_nesting_by_aliases_is_stopped() -> None:
    """Each line nests one level deeper by an alias: the depth counts as if it were written out."""
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 60))]
    assert codes(tree("\n".join(lines))[1].sorted()) == ["R1010"]


def test_a_very_long_opening_answers_at_once() -> None:
    """A hundred thousand brackets are a diagnostic, not a recursion."""
    assert codes(tree("[" * 100_000)[1].sorted()) == ["R1010"]


def test_a_text_too_long_is_refused() -> None:
    """The limit holds for texts as for files."""
    assert codes(tree("#" * (MOST_BYTES + 1))[1].sorted()) == ["R1010"]


def test_duplicate_keys_are_all_given_with_the_first() -> None:
    """Every repetition is a finding that names the place of the first; reading goes on."""
    root, findings = tree("a: 1\na: 2\nb: 1\na: 3\n")
    found = findings.sorted()
    assert codes(found) == ["R1005", "R1005"]
    assert [one.related[0].span.line for one in found] == [1, 1]
    assert isinstance(root, MapValue)
    assert root.names == ["a", "b"]


def test_a_missing_file(tmp_path: Path) -> None:
    """A path that does not exist is R1001 with the path in it."""
    findings = Findings()
    assert read_source(tmp_path / "absent.yaml", findings) is None
    (found,) = findings.sorted()
    assert found.code == "R1001"
    assert "absent.yaml" in found.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """A folder is R1001 too."""
    findings = Findings()
    assert read_source(tmp_path, findings) is None
    assert codes(findings.sorted()) == ["R1001"]


def test_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    """The place of the first bad byte is given in characters."""
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"radar: 1\nabout: \xc3\xa9t\xe9\n")
    findings = Findings()
    assert read_source(path, findings) is None
    (found,) = findings.sorted()
    assert (found.code, found.span.line, found.span.column) == ("R1002", 2, 10)
    assert "0xe9" in found.message


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    """A file that an editor of Windows marked as UTF-8 reads as without the mark."""
    path = tmp_path / "marked.yaml"
    path.write_bytes(b"\xef\xbb\xbfradar: 1\r\nclock: 1h\r\n")
    findings = Findings()
    source = read_source(path, findings)
    assert source is not None
    root = read_yaml(source, findings)
    assert isinstance(root, MapValue)
    assert root.names == ["radar", "clock"]
    assert root.entries[1].key.place.span == Span(2, 1, 2 + 4)


@pytest.mark.parametrize(
    ("text", "words"),
    [("[1]", "a list"), ("{a: 1}", "a mapping"), ("", "nothing"), ("true", "true"), ("1.5", "the number 1.5")],
)
def test_values_are_described_in_words(text: str, words: str) -> None:
    """Messages say what stands there in the words of a user."""
    root, _ = tree(f"key: {text}\n")
    assert isinstance(root, MapValue)
    value = root.get("key")
    assert value is not None
    assert describe(value) == words
