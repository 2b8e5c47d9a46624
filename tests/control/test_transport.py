"""Where the server may listen: on this machine in the clear, anywhere else with TLS, clients' certificates included."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
import trustme

from radar.control.settings import TransportSecurity
from radar.errors import RadarError
from radar.v1 import system_service_pb2, system_service_pb2_grpc
from tests.control.serving import TOKENS, Token, serving, token_file

SECONDS = 20


@dataclass
class Authority:
    """A certificate authority of this test, the server's files, and a client's."""

    authority: trustme.CA
    security: TransportSecurity
    client: trustme.LeafCert

    def credentials(self, *, with_client: bool = False) -> grpc.ChannelCredentials:
        """What a client of this authority connects with."""
        root = self.authority.cert_pem.bytes()
        if not with_client:
            return grpc.ssl_channel_credentials(root)
        chain = b"".join(blob.bytes() for blob in self.client.cert_chain_pems)
        return grpc.ssl_channel_credentials(root, self.client.private_key_pem.bytes(), chain)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Certificates that are made for this test."""
    folder = tmp_path_factory.mktemp("certificates")
    made = trustme.CA()
    server = made.issue_cert("localhost")
    client = made.issue_cert(common_name="panel.local")
    server.private_key_pem.write_to_path(folder / "key.pem")
    for blob in server.cert_chain_pems:
        blob.write_to_path(folder / "certificate.pem", append=True)
    made.cert_pem.write_to_path(folder / "authority.pem")
    return Authority(made, TransportSecurity(folder / "certificate.pem", folder / "key.pem"), client)


def who(channel: grpc.Channel) -> str:
    """The name under which the server knows whoever uses this channel."""
    stub = system_service_pb2_grpc.SystemServiceStub(channel)
    answer: str = stub.GetSystemInfo(system_service_pb2.GetSystemInfoRequest(), timeout=SECONDS).caller
    return answer


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:7733", "[::]:0", "example.invalid:7733"])
def test_other_machines_need_tls(tmp_path: Path, address: str) -> None:
    """In the clear the server listens on this machine alone, and says what to do instead."""
    with (
        pytest.raises(RadarError, match="can be reached from other machines") as caught,
        serving(tmp_path, address=address),
    ):
        pass
    assert "--tls-certificate" in caught.value.next_step


@pytest.mark.parametrize("address", ["7733", ":7733", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", ""])
def test_an_address_that_cannot_be_read_is_told(tmp_path: Path, address: str) -> None:
    """The error shows the form of an address."""
    with pytest.raises(RadarError, match="cannot be read") as caught, serving(tmp_path, address=address):
        pass
    assert "HOST:PORT" in caught.value.expected


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """A second server on a port fails at its start, instead of taking every other call."""
    with (
        serving(tmp_path) as first,
        pytest.raises(RadarError, match="cannot listen"),
        serving(tmp_path, address=first.address, state=tmp_path / "another"),
    ):
        pass


def test_a_state_in_use_is_told(tmp_path: Path) -> None:
    """Two servers never share what they keep: the second fails at its start and says how to get on."""
    with (
        serving(tmp_path),
        pytest.raises(RadarError, match="in use by another process") as caught,
        serving(tmp_path),
    ):
        pass
    assert "--state" in caught.value.next_step
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(RadarError, match="cannot listen"), serving(tmp_path, address=address):
            pass


def test_tls_encrypts_and_the_token_still_counts(tmp_path: Path, authority: Authority) -> None:
    """A client that trusts the authority comes through with a token, not without one, and not in the clear."""
    with serving(tmp_path, address="localhost:0", security=authority.security) as served:
        with grpc.secure_channel(served.address, authority.credentials()) as channel:
            assert who(grpc.intercept_channel(channel, Token(TOKENS["viewer"]))) == "viewer-caller"
            with pytest.raises(grpc.RpcError) as caught:
                who(channel)
            assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
        with grpc.insecure_channel(served.address) as channel, pytest.raises(grpc.RpcError) as caught:
            who(grpc.intercept_channel(channel, Token(TOKENS["viewer"])))
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_a_client_s_certificate_is_its_identity(tmp_path: Path, authority: Authority) -> None:
    """With an authority for clients: no certificate, no connection; a known one needs no token; a token goes before."""
    folder = authority.security.certificate.parent
    security = TransportSecurity(authority.security.certificate, authority.security.key, folder / "authority.pem")
    tokens = token_file(tmp_path, "panel operator certificate:panel.local")
    with serving(tmp_path, tokens=tokens, address="localhost:0", security=security) as served:
        with grpc.secure_channel(served.address, authority.credentials()) as channel:
            with pytest.raises(grpc.RpcError) as caught:
                who(grpc.intercept_channel(channel, Token(TOKENS["trader"])))
            assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        with grpc.secure_channel(served.address, authority.credentials(with_client=True)) as channel:
            assert who(channel) == "panel"
            assert who(grpc.intercept_channel(channel, Token(TOKENS["trader"]))) == "trader-caller"


def test_files_of_tls_that_do_not_fit_are_told_at_the_start(tmp_path: Path, authority: Authority) -> None:
    """A key of another certificate, a file that is no PEM, a file that is not there: each before anything listens."""
    other = trustme.CA().issue_cert("localhost")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    (tmp_path / "text.pem").write_text("hello", encoding="utf-8")
    for key, said in (
        ("other.pem", "cannot be used for TLS"),
        ("text.pem", "not in PEM"),
        ("none.pem", "cannot be read"),
    ):
        security = TransportSecurity(authority.security.certificate, tmp_path / key)
        with pytest.raises(RadarError, match=said), serving(tmp_path, security=security):
            pass
