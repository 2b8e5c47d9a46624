"""proto/radar/v1: the API is documented, of one style, keeps its promises of shape, and never breaks a client."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from radar.engine.result import TRADE_FIELDS
from radar.market import reason
from radar.market.metrics import METRICS
from radar.spec.diagnostic import Diagnostic, Span
from radar.v1 import catalogue_service_pb2, diagnostic_pb2, market_pb2, report_pb2, trading_pb2
from tools import api, gen
from tools.api_reference import comments_of, described

Field = descriptor_pb2.FieldDescriptorProto
Message = descriptor_pb2.DescriptorProto
Method = descriptor_pb2.MethodDescriptorProto

READ, CHANGE = Method().options.NO_SIDE_EFFECTS, Method().options.IDEMPOTENT
# A method's verb says what its option says: whether it changes anything, and so needs the id of a wish.
VERBS = {
    READ: "Compare Diff Download Evaluate Explain Get Inspect List Plan Query Render Scan Stream Test Validate Verify "
    "Wait Watch".split(),
    CHANGE: "Apply Approve Cancel Create Delete Flatten Import Pause Reconcile Reject Reset Resume Rollback Set Start "
    "Stop Trip".split(),
}
MONEY = re.compile(
    r"(.*_)?(price|quantity|amount|fees?|equity|cash|margin|gross|net|funding|slippage|stop|target|initial|open|high|"
    r"low|close|volume|average_(entry|win|loss)|leverage)"
)
# These are percentages or ratios of an account, not money.
RATIOS = {"Exposure.max_leverage", "Exposure.max_margin"}


@cache
def files() -> list[descriptor_pb2.FileDescriptorProto]:
    """The files of the package, compiled once."""
    return described()


@cache
def messages() -> dict[str, Message]:
    """Every message by its full name."""
    return {f".radar.v1.{message.name}": message for file in files() for message in file.message_type}


def methods() -> Iterator[tuple[str, Method]]:
    """Every method, by SERVICE.METHOD."""
    for file in files():
        for service in file.service:
            yield from ((f"{service.name}.{method.name}", method) for method in service.method)


def fields(message: Message) -> dict[str, Field]:
    """The fields of a message by name."""
    return {field.name: field for field in message.field}


def verb(name: str) -> str:
    """The first word of a method's name."""
    found = re.match(r"[A-Z][a-z]+", name.partition(".")[2])
    assert found is not None
    return found.group()


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of proto/ that the tools take for the real one; returned is the package's folder in it."""
    shutil.copytree(api.PROTO, tmp_path / "proto")
    monkeypatch.setattr(api, "PROTO", tmp_path / "proto")
    return tmp_path / "proto" / api.PACKAGE


def test_the_style_is_clean() -> None:
    """buf finds nothing: formatted, STANDARD names, a comment on everything."""
    api.require_good_style()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("string value = 1;\n}", r"value\.proto:\d+:\d+:Field .* should have a non-empty comment"),
        ("// A thing.\n  string Value = 1;\n}", "should be lower_snake_case"),
        ("    // A thing.\n string value = 1;\n}", r"value\.proto"),
    ],
)
def test_a_fault_of_style_is_seen(copied: Path, wrong: str, said: str) -> None:
    """The check is alive: a field without comment, a name of another style, a line of another format each fail it."""
    with (copied / "value.proto").open("a", encoding="utf-8") as file:
        file.write(f"\n// A message.\nmessage Planted {{\n  {wrong}\n")
    with pytest.raises(api.ToolError, match=said):
        api.require_good_style()


def test_nothing_breaks_the_released_api() -> None:
    """Every client of the API as it was committed works with the API as it is."""
    api.require_compatible()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  // The bytes of the file: UTF-8 text for YAML.\n  bytes content = 2;\n", "", "content"),
        ("string value = 1;", "double value = 1;", "changed type"),
        ("bytes content = 2;", "bytes content = 3;", r"\b2\b"),
        ("message SourceFile", "message File", "SourceFile"),
    ],
)
def test_a_break_is_refused_with_the_next_step(copied: Path, old: str, new: str, said: str) -> None:
    """A field that goes, changes its type or number, or a message that is renamed never passes for a small change."""
    path = copied / "value.proto"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    with pytest.raises(api.ToolError, match=rf"{said}(.|\n)*Next: keep what clients rely on"):
        api.require_compatible()


def test_an_addition_breaks_nothing(copied: Path) -> None:
    """A new message is not taken for a break."""
    with (copied / "value.proto").open("a", encoding="utf-8") as file:
        file.write("\n// A message.\nmessage Added {}\n")
    api.require_compatible()


def test_everything_has_a_comment() -> None:
    """Each service, method, message, field, enum and value says what it is; read without buf."""
    silent = []
    for file in files():
        said = comments_of(file)
        for kind, parts, inner, of in (
            (4, file.message_type, 2, "field"),
            (5, file.enum_type, 2, "value"),
            (6, file.service, 2, "method"),
        ):
            for place, part in enumerate(parts):
                paths = {(kind, place): part.name}
                paths |= {(kind, place, inner, n): f"{part.name}.{one.name}" for n, one in enumerate(getattr(part, of))}
                silent += [name for path, name in paths.items() if len(said.get(path, "")) < 3]
    assert not silent


def test_a_method_is_classed_and_its_verb_agrees() -> None:
    """Each method says whether it changes anything, by idempotency_level, and its verb says the same."""
    wrong = [name for name, method in methods() if verb(name) not in VERBS.get(method.options.idempotency_level, ())]
    assert not wrong


def test_every_change_carries_the_id_of_its_wish() -> None:
    """A change has request_id as its first field, so that it may be asked for again safely; a read has none."""
    for name, method in methods():
        found = fields(messages()[method.input_type]).get("request_id")
        if method.options.idempotency_level == CHANGE:
            assert found is not None, name
            assert (found.number, found.type) == (1, Field.TYPE_STRING), name
        else:
            assert found is None or name == "SystemService.ListAuditRecords", name


def test_every_list_comes_in_pages() -> None:
    """A List takes page_size and page_token and answers one list and next_page_token; nothing else does."""
    for name, method in methods():
        asked, answered = fields(messages()[method.input_type]), fields(messages()[method.output_type])
        if verb(name) == "List":
            assert asked["page_size"].type == Field.TYPE_INT32, name
            assert asked["page_token"].type == Field.TYPE_STRING, name
            assert answered["next_page_token"].type == Field.TYPE_STRING, name
            assert sum(field.label == Field.LABEL_REPEATED for field in answered.values()) == 1, name
        else:
            assert not {"page_size", "page_token"} & set(asked), name


def test_every_stream_counts_its_messages() -> None:
    """Each message of a stream has a sequence; a Watch begins with a snapshot, can go on, and hides no gap."""
    streams = {name: method for name, method in methods() if method.server_streaming}
    assert streams
    for name, method in streams.items():
        answered = fields(messages()[method.output_type])
        assert (answered["sequence"].number, answered["sequence"].type) == (1, Field.TYPE_UINT64), name
        if verb(name) == "Watch":
            asked = fields(messages()[method.input_type])
            assert asked["after_sequence"].type == Field.TYPE_UINT64, name
            assert asked["heartbeat_interval"].type_name == ".google.protobuf.Duration", name
            assert {"snapshot", "gap", "heartbeat", "end"} <= set(answered), name


def test_what_could_surprise_can_be_tried_and_is_bound_to_what_was_seen() -> None:
    """Applying, going back and starting can be validated only, and carry the digest of the plan that was looked at."""
    for name in ("ApplyPipelineRequest", "RollbackPipelineRequest", "StartRunRequest"):
        assert {"validate_only", "plan_digest"} <= set(fields(messages()[f".radar.v1.{name}"])), name
    for name in ("Apply", "Rollback", "Delete"):
        assert "etag" in fields(messages()[f".radar.v1.{name}PipelineRequest"]), name


def test_numbers_and_times_have_types_that_keep_them() -> None:
    """Money, prices and quantities are Decimal, instants Timestamp, and no field is a float."""
    for message in messages().values():
        for field in message.field:
            name = f"{message.name}.{field.name}"
            assert field.type != Field.TYPE_FLOAT, name
            if field.type == Field.TYPE_DOUBLE:
                assert name in RATIOS or not MONEY.fullmatch(field.name), name
            if field.name == "time" or field.name.endswith("_time"):
                assert field.type_name == ".google.protobuf.Timestamp", name


def test_the_words_of_trading_are_those_of_the_ledger() -> None:
    """Exit reasons, refusals and regimes of the domain all exist here, under the same name and number."""

    def numbers(enum: object) -> dict[str, int]:
        items = enum.items()  # type: ignore[attr-defined]
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.DESCRIPTOR.name).upper() + "_"  # type: ignore[attr-defined]
        return {name.removeprefix(prefix): number for name, number in items}

    exits, refusals = numbers(market_pb2.ExitReason), numbers(market_pb2.RefusalCause)
    regimes, sides = numbers(market_pb2.MarketRegime), numbers(market_pb2.Side)
    assert {one.name: one.value for one in reason.ExitReason if one}.items() <= exits.items()
    assert {one.name: one.value for one in reason.Refusal if one}.items() <= refusals.items()
    assert {one.name: one.value + 1 for one in reason.Regime} == {k: v for k, v in regimes.items() if v}
    assert {one.name for one in reason.Side if one} == {name for name, number in sides.items() if number}


def test_messages_carry_all_that_the_domain_says() -> None:
    """Nothing that a diagnostic, a metric, a trade or a parameter has is lost on the wire."""

    def names(message: type) -> set[str]:
        return {field.name for field in message.DESCRIPTOR.fields}  # type: ignore[attr-defined]

    found = Diagnostic("R1001", "error", "m", "f", Span(1, 1, 2)).to_json()
    renamed = {"nearest": "suggestions", "line": "span", "column": "span", "end_column": "span"}
    assert {renamed.get(name, name) for name in found} <= names(diagnostic_pb2.Diagnostic)
    assert {*(METRICS.names or ()), "no_losses"} == names(report_pb2.Metrics)
    assert set(TRADE_FIELDS) <= names(trading_pb2.Trade)
    parameter = names(catalogue_service_pb2.NodeParameter)
    assert {"name", "unit", "allowed", "on_change", "about"} <= parameter


def test_generated_files_are_held_against_their_source(tmp_path: Path) -> None:
    """gen --check sees a file that differs, is missing or should be gone; line ends of a checkout do not count."""
    path = tmp_path / "made.py"
    assert gen.is_current(path, None)
    assert not gen.is_current(path, b"a\nb\n")
    path.write_bytes(b"a\r\nb\r\n")
    assert gen.is_current(path, b"a\nb\n")
    assert not gen.is_current(path, b"a\nc\n")
    assert not gen.is_current(path, None)


def test_the_generated_code_is_that_of_the_proto_files() -> None:
    """Each .proto file has its messages, each service its stub, and nothing is out of date or left over."""
    wanted = gen.contents()
    stale = [name for name, content in wanted.items() if not gen.is_current(api.ROOT / name, content)]
    assert [name for name in stale if name.startswith(("radar/v1", "proto/", "docs/api"))] == []
    stems = {path.stem for path in (api.PROTO / api.PACKAGE).glob("*.proto")}
    for stem in stems:
        assert f"radar/v1/{stem}_pb2.pyi" in wanted
        assert (f"radar/v1/{stem}_pb2_grpc.py" in wanted) == stem.endswith("_service")
