"""`radarctl serve`: it says where it listens and with which tokens, answers calls, and stops when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from radar.v1 import system_service_pb2, system_service_pb2_grpc
from tests.cli.terminal import ROOT

SECONDS = 60


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be asked to stop by a signal")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_server_starts_answers_and_stops(tmp_path: Path, how: signal.Signals) -> None:
    """The first start makes a token file; the address that is said takes calls with it; a signal ends it well."""
    settings = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "radar", "serve", "--listen", "127.0.0.1:0", "-o", "json"]
    running = subprocess.Popen(
        command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        text = ""
        while not text.rstrip().endswith("}"):
            line = running.stdout.readline()
            assert line, running.stderr and running.stderr.read()
            text += line
        said = json.loads(text)
        tokens = Path(said["tokens"])
        assert tokens.is_relative_to(tmp_path)
        token = tokens.read_text(encoding="utf-8").split()[-1]
        with grpc.insecure_channel(said["address"]) as channel:
            info = system_service_pb2_grpc.SystemServiceStub(channel).GetSystemInfo(
                system_service_pb2.GetSystemInfoRequest(),
                timeout=SECONDS,
                metadata=(("authorization", f"Bearer {token}"),),
            )
        assert (info.caller, info.role) == ("local", system_service_pb2.ROLE_TRADER)
        running.send_signal(how)
        output, errors = running.communicate(timeout=SECONDS)
        assert (running.returncode, output, errors) == (0, "", "")
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--listen", "0.0.0.0:0"), "can be reached from other machines"),
        (("--listen", "nowhere"), "cannot be read"),
        (("--tls-key", "key.pem"), "TLS is named in part"),
        (("--client-authority", "ca.pem"), "TLS is named in part"),
        (("--tokens", "none"), "the file of tokens none cannot be read"),
    ],
)
def test_what_cannot_be_served_is_told_in_words(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    """A wrong option ends with code 2 and the next step, without a traceback."""
    settings = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    command = [sys.executable, "-m", "radar", "serve", *options]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
