"""Replications survive whatever ends the process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from csm_sim.analysis.checkpoint import Checkpoint, holds

KEY, OTHER = "a" * 64, "b" * 64


def _fill(path: Path, count: int = 3) -> None:
    with Checkpoint(path, KEY, 5) as checkpoint:
        for number in range(count):
            checkpoint.add(number, np.full(5, number + 0.1))


def test_what_was_added_is_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.bin"
    _fill(path)
    with Checkpoint(path, KEY, 5) as checkpoint:
        assert sorted(checkpoint.digests) == [0, 1, 2]
        assert checkpoint.digests[2].tolist() == [2.1] * 5
    assert holds(path, KEY)
    assert not holds(path, OTHER)


@pytest.mark.parametrize("cut", range(1, 40, 6))
def test_a_record_cut_off_is_lost_alone(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "kept.bin"
    _fill(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with Checkpoint(path, KEY, 5) as checkpoint:
        assert sorted(checkpoint.digests) in ([0, 1], [0])
        checkpoint.add(2, np.full(5, 2.1))
        if 1 not in checkpoint.digests:
            checkpoint.add(1, np.full(5, 1.1))
    with Checkpoint(path, KEY, 5) as checkpoint:
        assert sorted(checkpoint.digests) == [0, 1, 2]


def test_a_damaged_record_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "kept.bin"
    _fill(path)
    damaged = bytearray(path.read_bytes())
    damaged[-3] ^= 1
    path.write_bytes(damaged)
    with Checkpoint(path, KEY, 5) as checkpoint:
        assert sorted(checkpoint.digests) == [0, 1]


def test_replications_of_another_run_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "kept.bin"
    _fill(path)
    with Checkpoint(path, OTHER, 5) as checkpoint:
        assert not checkpoint.digests
        checkpoint.add(0, np.zeros(5))
    assert holds(path, OTHER)
