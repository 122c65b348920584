"""How the kernel is compiled, and where the result is kept.

``kernel`` compiles without reference counting: numba otherwise counts, atomically, every array
that is passed to a function, and with functions of twenty arrays that took most of the time
(measured: 2.6 microseconds a task with it, 0.5 without). The price is that such a function may
not make or replace an array.

``inlined`` asks LLVM to put the function into its callers: handing twenty arrays over costs more
than most of these functions do (0.5 microseconds a task, then 0.2). It is for what happens to
every task; the rest stays apart, which keeps compilation short.

Every function has two sides. The outer one is numba's own: what Python calls. The inner one is what
other compiled functions call, and is compiled when one of them is. It takes all whole numbers as
one type, and it is never turned into machine code by itself, but linked into its callers. By itself
numba makes a version for each combination of 32 and 64 bits and of constants, and at each level of
calls machine code of all that is below (measured: 64 seconds for all, 27 with inner sides).

Machine code is kept in a folder named by a hash of the sources it comes from. Numba itself looks
only at the file of the function it was asked for, not at those of the functions that it calls, so
an edited rule could otherwise go on giving yesterday's results.

An index below zero does not count from the end, as it would in Python: it is a fault, which only
``NUMBA_BOUNDSCHECK=1`` finds. The test for it was a tenth of the kernel's instructions.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
from numba import types
from numba.core import ir, typing
from numba.core.caching import FunctionCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.runtime.nrt import rtsys
from numba.core.typed_passes import NopythonRewrites

Decorator = Callable[[Callable[..., Any]], Any]


def cache_folder() -> Path:
    """Where the machine code of these very sources is kept.

    Under ``NUMBA_CACHE_DIR`` if that is set, else under the user's cache folder.
    """
    package = Path(__file__).parent.parent
    build = f"{numba.__version__} {os.environ.get('NUMBA_BOUNDSCHECK', '')}"
    digest = hashlib.blake2b(build.encode(), digest_size=8)
    for part in ("engine", "world"):
        for source in sorted((package / part).glob("*.py")):
            digest.update(source.read_bytes())
    named = os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(named or Path(home) / "csm-sim") / f"kernel-{digest.hexdigest()}"


def _untyped(part: Any) -> Any:
    """A part of numba: these carry no types."""
    return part


class _NoEnvironment:
    """Where there is no machine code, there is no place in it for the address of Python's constants."""

    def set_env(self, name: str, environment: Any) -> None: ...


_NO_ENVIRONMENT = _NoEnvironment()


class _Inlay(JITCodeLibrary):
    """Code that is made ready for linking into that of callers, and no further."""

    def _finalize_final_module(self) -> None:
        _untyped(self)._finalize_dynamic_globals()
        _untyped(self)._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0

    @property
    def codegen(self) -> _NoEnvironment:
        return _NO_ENVIRONMENT


class _RawInlay(_Inlay):
    """The same, of a function that is always put into its callers: it is made quick there, with them."""

    def _optimize_final_module(self) -> None: ...


@_untyped(register_pass)(mutates_CFG=False, analysis_only=False)
class _CountedFromZero(FunctionPass):
    """Every index counts from the beginning of its array.

    Numba would test each for one below zero, which counts from the end.
    """

    _name = "indices_counted_from_zero"

    def __init__(self) -> None: ...

    def run_pass(self, state: Any) -> bool:
        for block in state.func_ir.blocks.values():
            for line in block.body:
                what = line.value if isinstance(line, ir.Assign) else line
                if isinstance(what, ir.SetItem) or (isinstance(what, ir.Expr) and what.op == "getitem"):
                    found = state.calltypes[what]
                    array, index, *value = found.args
                    if isinstance(array, types.Array):
                        del state.calltypes[what]  # a place is filled only once
                        state.calltypes[what] = _untyped(typing).signature(
                            found.return_type, array, _from_zero(index), *value
                        )
        return True


def _from_zero(index: Any) -> Any:
    """The type of an index, or of a tuple of them, that is not below zero."""
    if isinstance(index, types.BaseTuple):
        return _untyped(types).Tuple([_from_zero(of_type) for of_type in _untyped(index)])
    return types.uintp if isinstance(index, types.Integer) else index


class _Compiler(Compiler):
    def define_pipelines(self) -> Any:
        [pipeline] = _untyped(super()).define_pipelines()
        pipeline.add_pass_after(_CountedFromZero, NopythonRewrites)
        pipeline.finalize()
        return [pipeline]


class _InlayCompiler(_Compiler):
    def define_pipelines(self) -> Any:
        state = self.state
        library = _untyped(_RawInlay if _untyped(state.flags).forceinline else _Inlay)
        state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
        return super().define_pipelines()


class _Whole(JITCodeLibrary):
    """Code that Python calls. Nothing is linked with it: its names are kept beside machine code, no more."""

    def serialize_using_object_code(self) -> Any:
        bodies = "".join(
            f'define void @"{f.name}"() {{ ret void }}\n' for f in _untyped(self).get_defined_functions()
        )
        names = llvm.parse_assembly(bodies).as_bitcode()
        return self.name, "object", (_untyped(self)._get_compiled_object(), names)


class _WholeCompiler(_Compiler):
    def define_pipelines(self) -> Any:
        state, library = self.state, _untyped(_Whole)
        state.library = library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.enable_object_caching()
        return super().define_pipelines()


class _Inner(CPUDispatcher):
    """A function as other compiled functions see it."""

    def get_call_template(self, args: Any, kws: Any) -> Any:
        return super().get_call_template(tuple(_plain(of_type) for of_type in args), kws)


def _plain(of_type: Any) -> Any:
    """One type for all signed whole numbers, constants too; unsigned ones, never -1, keep theirs."""
    of_type = _untyped(types).unliteral(of_type)
    if isinstance(of_type, types.Integer) and _untyped(of_type).signed:
        return types.int64
    return of_type


class _Cache(FunctionCache):
    """Gives machine code back without first reading in all that numba can compile."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        _untyped(rtsys).initialize(target_context)
        with _untyped(self)._guard_against_spurious_io_errors():
            return _untyped(self)._load_overload(sig, target_context)


@contextlib.contextmanager
def _seldom_collected() -> Iterator[None]:
    """Compiling makes millions of objects that stay until it is done: looking for garbage took a tenth."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Outer(CPUDispatcher):
    """A function as Python sees it; compiled functions that call it get its inner side."""

    def __init__(self, py_func: Any, locals: Any = None, targetoptions: Any = None, **rest: Any) -> None:
        super().__init__(py_func, locals, targetoptions, **rest)
        options = {**targetoptions, "no_cpython_wrapper": True}
        self._inner = _Inner(py_func, locals, options, pipeline_class=_InlayCompiler)

    def compile(self, sig: Any) -> Any:
        with _seldom_collected():
            return super().compile(sig)

    def enable_caching(self) -> None:
        self._cache = _untyped(_Cache)(self.py_func)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        return self._inner.get_call_template(args, kws)

    def get_overload(self, sig: Any) -> Any:
        return self._inner.get_overload(sig)


def _compiler(folder: Path) -> Any:
    """A decorator for functions whose machine code goes to ``folder``."""

    def compile_into(signature: Any = None, **options: Any) -> Any:
        chosen = {
            "nopython": True,
            "error_model": "numpy",
            "no_cfunc_wrapper": True,
            "_nrt": False,
            **options,
        }

        def decorator(function: Callable[..., Any]) -> Any:
            # numba reads the setting when a function is decorated; others in the process keep theirs
            config: Any = numba.config
            before = config.CACHE_DIR
            config.CACHE_DIR = str(folder)
            try:
                made = _Outer(
                    function, targetoptions={**chosen, "boundscheck": None}, pipeline_class=_WholeCompiler
                )
                made.enable_caching()
            finally:
                config.CACHE_DIR = before
            if signature is not None:
                made.compile(signature)
                made.disable_compile()
            return made

        return decorator

    return compile_into


_compile = _compiler(cache_folder())
kernel: Decorator = _compile()
inlined: Decorator = _compile(forceinline=True)


def typed(signature: Any) -> Decorator:
    """As ``inlined``, for functions that Python calls too: arguments are converted to the signature.

    Without it numba would guess 64-bit keys to be signed or not from their values.
    """
    decorator: Decorator = _compile(signature, forceinline=True)
    return decorator
