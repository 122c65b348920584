"""Numbers that stand for names: stable across scenarios, machines and versions.

A keyed draw depends on *who* it is for. These identities depend on names alone, never on the
place of a thing in a list, so adding a playbook or sorting an account list moves no other draw.
"""

from __future__ import annotations

import hashlib
from typing import Final

_MASK: Final = (1 << 64) - 1

NEW_BUSINESS_OFFSET: Final = 1 << 32
"""New accounts of a segment are numbered from here, the older ones from 0."""


def name_uid(name: str) -> int:
    """The 64-bit identity of a name such as ``segment/enterprise``.

    >>> hex(name_uid("segment/enterprise"))
    '0xe4f4f400996ed9de'
    """
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def absorb_uid(uid: int, number: int) -> int:
    """The identity of part ``number`` of ``uid`` (the same function as ``engine.draws.absorb``).

    >>> absorb_uid(1, 2) == absorb_uid(2, 1)
    False
    """
    z = ((uid + 0x9E3779B97F4A7C15) & _MASK) ^ ((number * 0xD6E8FEB86659FD93) & _MASK)
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)
