"""Machine code is kept by what it was made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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


def test_a_function_is_compiled_once_for_all_whole_numbers_and_called_from_both_sides(tmp_path: Path) -> None:
    compile_into = compiled._compiler(tmp_path)

    @compile_into(forceinline=True)
    def doubled(number: int) -> int:
        return 2 * number

    @compile_into()
    def summed(small: int, large: int) -> int:
        return int(doubled(small) + doubled(large) + doubled(3))

    assert summed(np.int32(1), np.int64(2)) == 12
    assert len(doubled._inner.overloads) == 1
    assert not doubled.overloads  # nothing that Python could call has been made of it yet
    assert doubled(np.int32(5)) == 10
    assert len(doubled._inner.overloads) == 1


def test_what_is_unsigned_stays_so(tmp_path: Path) -> None:
    """A key of 64 bits does not fit into a signed number."""
    compile_into = compiled._compiler(tmp_path)

    @compile_into()
    def same(number: int) -> int:
        return number

    @compile_into()
    def of_both(key: int, index: int) -> tuple[int, int]:
        return same(key), same(index)

    assert of_both(np.uint64(2**63 + 2), np.int32(-4)) == (2**63 + 2, -4)
    assert {str(args[0]) for args in same._inner.overloads} == {"uint64", "int64"}
