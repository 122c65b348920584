"""Asking for memory ahead of its use.

The records of a large book are many times what the caches of a processor hold, and streams wake in no order
of their places. A record that is asked for some events before its turn is there when it comes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LINE = 64
"""Bytes that come together."""

LARGE = 4096
"""Records of streams or accounts from which on it pays; fewer are in the cache anyway."""


def _untyped(part: Any) -> Any:
    """A part of numba: these carry no types."""
    return part


def _fetch(typing_context: Any, records: Any, place: Any) -> Any:
    """Ask for the record at a place, which must be within the array."""

    def made(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        from numba.np.arrayobj import make_array  # only compiling needs it, and it is slow to import

        of_records, of_place = signature.args
        array = _untyped(make_array)(of_records)(context, builder, arguments[0])
        at = context.cast(builder, arguments[1], of_place, types.uintp)
        word = ir.IntType(32)
        pointer = builder.bitcast(
            _untyped(cgutils).get_item_pointer(context, builder, of_records, array, [at]), cgutils.voidptr_t
        )
        shape = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, word, word, word])
        ask = _untyped(cgutils).get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        size = of_records.dtype.size
        for begin in [*range(0, size, LINE), size - 1]:
            line = builder.gep(pointer, [ir.Constant(ir.IntType(64), begin)])
            builder.call(ask, [line, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.none(records, place), made


fetch: Any = _untyped(intrinsic)(_fetch)
