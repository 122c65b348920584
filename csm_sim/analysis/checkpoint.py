"""Finished replications in a file that only grows: a killed run loses at most the one it was writing."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MAGIC = b"csm-sim replications 1\n"
_HEAD = struct.Struct("<QII")  # replication, length of what follows, its CRC-32


class Checkpoint:
    """The replications of one run, by number.

    Parameters
    ----------
    path
        The file; it is made when it does not exist, and made anew when it belongs to another run.
    key
        What the replications depend on (64 hexadecimal digits): those of another key are not used.
    length
        Numbers in a digest.
    """

    def __init__(self, path: Path, key: str, length: int) -> None:
        self.path, self._head = path, _MAGIC + key.encode("ascii") + b"\n"
        self._length = length
        self.digests: dict[int, Floats] = {}
        self._stream: BinaryIO | None = None

    def open(self) -> None:
        """Read what is there, and be ready to add to it."""
        stream = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            sound = self._read(stream)
            if sound < len(self._head):
                stream.seek(0)
                stream.write(self._head)
                sound = len(self._head)
            stream.truncate(sound)  # a record that was cut off by the end of the process before
            stream.seek(sound)
            stream.flush()
        except BaseException:
            stream.close()
            raise
        self._stream = stream

    def _read(self, stream: BinaryIO) -> int:
        """Read the sound records; returns where they end, 0 when the file is of another run."""
        if stream.read(len(self._head)) != self._head:
            return 0
        sound = len(self._head)
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            replication, size, check = _HEAD.unpack(head)
            packed = stream.read(size)
            if len(packed) != size or zlib.crc32(packed) != check:
                break
            digest = np.frombuffer(zlib.decompress(packed))
            if len(digest) != self._length:
                break
            self.digests[replication] = digest
            sound += _HEAD.size + size
        return sound

    def add(self, replication: int, digest: Floats) -> None:
        """Keep a replication: in memory, and in the file."""
        self.digests[replication] = digest
        if self._stream is not None:
            packed = zlib.compress(digest.tobytes(), 1)
            self._stream.write(_HEAD.pack(replication, len(packed), zlib.crc32(packed)) + packed)
            self._stream.flush()  # to the system: from there a killed process loses nothing

    def __enter__(self) -> Checkpoint:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()


def holds(path: Path, key: str) -> bool:
    """Whether a file has replications of a key."""
    head = _MAGIC + key.encode("ascii") + b"\n"
    try:
        with path.open("rb") as stream:
            return stream.read(len(head)) == head and bool(stream.read(1))
    except OSError:
        return False
