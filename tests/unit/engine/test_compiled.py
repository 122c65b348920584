"""Machine code is kept by what it was made from."""

from __future__ import annotations

from pathlib import Path

import pytest

from csm_sim.engine import compiled, desk


def test_machine_code_is_kept_under_the_hash_of_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    before = compiled.cache_folder()
    assert before.name.startswith("kernel-")
    read = Path.read_bytes
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: read(path) + (b" " if path.name == "hands.py" else b"")
    )
    assert compiled.cache_folder() != before


def test_the_kernel_uses_that_folder() -> None:
    assert str(compiled.cache_folder()) in str(desk.work._cache.cache_path)
