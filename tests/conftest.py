"""What holds for every test."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

# A machine that is busy is no fault of what is tested.
settings.register_profile("tbconvert", deadline=None)
settings.load_profile("tbconvert")

# The oracles talk gRPC, and tests fork: its fork handlers would wait for its threads.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

# What a shell runs in the background ignores interrupts, as does all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep the environment of whoever runs the tests from changing what is converted."""
    for name in os.environ:
        if name.startswith("TBCONVERT_") and name != "TBCONVERT_CORPUS":
            monkeypatch.delenv(name)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
