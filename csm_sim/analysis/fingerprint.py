"""What a result depends on, as digests that tell two runs apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from csm_sim import __version__

if TYPE_CHECKING:
    from csm_sim.world.build import World


def scenario_sha256(merged: Mapping[str, Any]) -> str:
    """The SHA-256 of a merged scenario, whatever the order of its keys."""
    text = json.dumps(merged, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def world_sha256(world: World) -> str:
    """The SHA-256 of a world: also of the data files that went into it."""
    found = hashlib.sha256()
    _absorb(found, world)
    return found.hexdigest()


def _absorb(found: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        found.update(f"{value.dtype.str}{value.shape}".encode())
        if value.dtype.names:  # field by field: the bytes between fields are not defined
            for name in value.dtype.names:
                found.update(np.ascontiguousarray(value[name]).tobytes())
        else:
            found.update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for field in fields(value):
            if field.compare:  # the others are for messages: where a file lies changes no result
                found.update(field.name.encode())
                _absorb(found, getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key in sorted(value):
            found.update(repr(key).encode())
            _absorb(found, value[key])
    elif isinstance(value, tuple):
        found.update(b"(%d" % len(value))
        for item in value:
            _absorb(found, item)
    else:
        found.update(repr(value).encode("utf-8", "surrogatepass"))


def program_sha256() -> str:
    """The SHA-256 of the code that makes results: two versions never mix in one run folder."""
    found = hashlib.sha256(__version__.encode())
    root = Path(__file__).resolve().parent.parent
    sources = [*(root / "engine").glob("*.py"), *(root / "world").glob("*.py")]
    digest = [root / "analysis" / name for name in ("digest.py", "cohorts.py", "customer_rules.py")]
    for path in [*sorted(sources), *digest]:
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def run_key(world: World, seed: int, twin: bool) -> str:
    """What a replication depends on, apart from its number."""
    return run_key_of(world_sha256(world), seed, twin, program_sha256())


def run_key_of(world_hash: str, seed: int, twin: bool, program_hash: str) -> str:
    """As :func:`run_key`, where the hashes of the world and the program are known already."""
    parts = f"{world_hash} {seed} {twin} {program_hash} numpy {np.__version__}"
    return hashlib.sha256(parts.encode()).hexdigest()


def folder_hash(hashes: Mapping[str, str]) -> str:
    """Eight digits that tell the run folders of different scenarios apart."""
    return hashlib.sha256(" ".join(hashes[name] for name in sorted(hashes)).encode()).hexdigest()[:8]
