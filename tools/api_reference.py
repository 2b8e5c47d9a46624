"""The reference of the API as Markdown, made from the comments of the .proto files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from google.protobuf import descriptor_pb2

from tools import api

File = descriptor_pb2.FileDescriptorProto
Field = descriptor_pb2.FieldDescriptorProto
Path_ = tuple[int, ...]

# Numbers of the parts of a descriptor, as paths of comments spell them.
_MESSAGES, _ENUMS, _SERVICES, _METHODS, _FIELDS, _VALUES = 4, 5, 6, 2, 2, 2
_SCALARS = {
    number: name.removeprefix("TYPE_").lower() for name, number in descriptor_pb2.FieldDescriptorProto.Type.items()
}


def described() -> list[File]:
    """Return the package's files with their comments.

    Raises:
        ToolError: The .proto files do not compile.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.binpb")
        api.buf("build", ".", "--as-file-descriptor-set", "-o", str(path))
        files = descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes()).file
    return [file for file in files if file.package == "radar.v1"]


def comments_of(file: File) -> dict[Path_, str]:
    """Return the comment in front of each part of a file, as one paragraph, by the part's path."""
    return {
        tuple(place.path): " ".join(place.leading_comments.split())
        for place in file.source_code_info.location
        if place.leading_comments.strip()
    }


def reference() -> str:
    """Return the whole reference: services first, then every message and enum by name."""
    files = described()
    services = [part for file in files for part in _services(file)]
    types = sorted((part for file in files for part in _types(file)), key=lambda part: part[0])
    return (
        "\n\n".join(
            [
                "<!-- Made from proto/radar/v1 by `python tools/dev.py gen`; change those files instead. -->",
                "# The control plane: radar.v1",
                INTRODUCTION,
                "## Services",
                *services,
                "## Messages and enums",
                *(text for _, text in types),
                "",
            ]
        ).rstrip("\n")
        + "\n"
    )


INTRODUCTION = """\
gRPC, served by `radar.control`; reflection and health checks beside it. A *read* changes nothing; a *change* carries a
`request_id`, and the same id again answers what the first answered. A stream goes on until it is cut or ends. Every
failure has a `google.rpc.ErrorInfo` whose reason is the code to look up, and whose domain is `radar`."""


def _services(file: File) -> Iterator[str]:
    said = comments_of(file)
    for place, service in enumerate(file.service):
        rows = []
        for number, method in enumerate(service.method):
            kind = "read" if method.options.idempotency_level == 1 else "change"
            asks, answers = (
                f"{'stream of ' if streams else ''}{_link(type_name)}"
                for streams, type_name in (
                    (method.client_streaming, method.input_type),
                    (method.server_streaming, method.output_type),
                )
            )
            about = said[_SERVICES, place, _METHODS, number]
            rows.append(f"| `{method.name}` | {kind} | {about} | {asks} | {answers} |")
        head = "| method | is a | what it does | asks with | answers |\n| --- | --- | --- | --- | --- |"
        yield f"### {service.name}\n\n{said[_SERVICES, place]}\n\n" + "\n".join([head, *rows])


def _types(file: File) -> Iterator[tuple[str, str]]:
    said = comments_of(file)
    for place, message in enumerate(file.message_type):
        maps = {f".radar.v1.{message.name}.{entry.name}": entry for entry in message.nested_type}
        rows = [
            f"| {field.number} | `{field.name}` | {_kind(field, maps)} | {said[_MESSAGES, place, _FIELDS, number]} |"
            for number, field in enumerate(message.field)
        ]
        head = ["| no. | field | type | meaning |\n| --- | --- | --- | --- |"] if rows else ["It has no fields."]
        yield message.name, f"### {message.name}\n\n{said[_MESSAGES, place]}\n\n" + "\n".join([*head, *rows])
    for place, enum in enumerate(file.enum_type):
        rows = [
            f"| {value.number} | `{value.name}` | {said[_ENUMS, place, _VALUES, number]} |"
            for number, value in enumerate(enum.value)
        ]
        head = ["| no. | value | meaning |\n| --- | --- | --- |"]
        yield enum.name, f"### {enum.name}\n\n{said[_ENUMS, place]}\n\n" + "\n".join([*head, *rows])


def _kind(field: Field, maps: dict[str, descriptor_pb2.DescriptorProto]) -> str:
    """Return a field's type as a reader says it."""
    if field.type_name in maps:
        key, value = maps[field.type_name].field
        return f"map of {_name(key)} to {_name(value)}"
    if field.label == Field.LABEL_REPEATED:
        return f"list of {_name(field)}"
    return f"{_name(field)}, may be absent" if field.proto3_optional else _name(field)


def _name(field: Field) -> str:
    return _link(field.type_name) if field.type_name else f"`{_SCALARS[field.type]}`"


def _link(type_name: str) -> str:
    name = type_name.rpartition(".")[2]
    return f"[{name}](#{name.lower()})" if type_name.startswith(".radar.v1.") else f"`{name}`"
