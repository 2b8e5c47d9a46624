"""How the server listens: on this machine alone, or with TLS."""

from __future__ import annotations

import ipaddress
import ssl
from pathlib import Path

import grpc
from grpc import aio

from radar.control.settings import Settings, TransportSecurity
from radar.errors import RadarError

__all__ = ["OPTIONS", "listen"]

MOST_REQUEST_BYTES = 8 * 1024 * 1024
OPTIONS = (
    ("grpc.max_receive_message_length", MOST_REQUEST_BYTES),
    # A second server on a port must fail to start, not take half of the calls.
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)
_EXPECTED = "HOST:PORT, such as 127.0.0.1:7733 or [::1]:7733"


def listen(server: aio.Server, settings: Settings) -> int:
    """Let ``server`` listen where ``settings`` say; returned is the port.

    Raises:
        RadarError: The address cannot be read or used, it is open to others without TLS, or a file of TLS is unusable.
    """
    host = _host(settings.address)
    if settings.security is None and not _is_loopback(host):
        raise RadarError(
            f"{settings.address} can be reached from other machines, and nothing would be encrypted",
            expected="TLS (a certificate and a key), or an address of this machine alone such as 127.0.0.1",
            next_step="name --tls-certificate and --tls-key, or listen on 127.0.0.1 and use a tunnel",
        )
    credentials = _credentials(settings.security) if settings.security is not None else None
    try:
        if credentials is None:
            port = server.add_insecure_port(settings.address)
        else:
            port = server.add_secure_port(settings.address, credentials)
    except RuntimeError:
        port = 0
    if port == 0:
        raise RadarError(
            f"the server cannot listen on {settings.address}",
            expected="an address of this machine with a port that nothing else uses",
            next_step="stop what uses it, or name another port",
        )
    return port


def _host(address: str) -> str:
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise RadarError(f"the address {address!r} cannot be read", expected=_EXPECTED)
    return host.removeprefix("[").removesuffix("]")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credentials(security: TransportSecurity) -> grpc.ServerCredentials:
    certificate, key = _pem(security.certificate), _pem(security.key)
    # grpc would take a pair that does not fit and fail at every handshake instead.
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(security.certificate, security.key)
    except (ssl.SSLError, ValueError) as error:
        raise RadarError(
            f"{security.certificate} and {security.key} cannot be used for TLS: {error}",
            expected="a certificate in PEM, its chain behind it, and the key that belongs to it, not encrypted",
        ) from None
    authority = None if security.client_authority is None else _pem(security.client_authority)
    return grpc.ssl_server_credentials([(key, certificate)], authority, authority is not None)


def _pem(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RadarError(f"{path} cannot be read: {error.strerror or error}", expected="a file in PEM") from None
    if b"-----BEGIN " not in content:
        raise RadarError(f"{path} is not in PEM", expected="text with -----BEGIN")
    return content
