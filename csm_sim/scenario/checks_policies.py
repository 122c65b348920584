"""Contradictions in policies, and the files of those that are a user's own: they are read, never run."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path, PurePosixPath, PureWindowsPath

from csm_sim.scenario.catalogue import nearest
from csm_sim.scenario.checks_names import check_known
from csm_sim.scenario.merge import Source, resolve_path
from csm_sim.scenario.model import Scenario
from csm_sim.scenario.nodes import KeyPath
from csm_sim.scenario.policies import BASES, BUILT_IN, Policy, python_name
from csm_sim.scenario.problems import Report
from csm_sim.scenario.units import Wrong, shown

MAX_MODULE_BYTES = 1024 * 1024


def check_policies(scenario: Scenario, source: Source, roles: list[str], report: Report) -> dict[int, Path]:
    """Report every contradiction in the policies; returns the file of each that has one, by its place."""
    found: dict[int, Path] = {}
    for number, policy in enumerate(scenario.policies):
        at: KeyPath = ("policies", number)
        if (policy.use is None) == (policy.module is None):
            has = "neither use nor module" if policy.use is None else "both use and module"
            report.check(
                at,
                f"the policy has {has}",
                "write  use: hire_when_overloaded  or  module: my_policies.py  with  function: NAME",
            )
            continue
        role = policy.written.get("role")
        if isinstance(role, str):
            check_known(role, roles, "role", (*at, "role"), report)
        if policy.use is not None:
            _check_built_in(policy, policy.use, at, report)
            _check_cost(scenario, policy, at, report)
            if policy.use == "budget_review":
                _check_review(scenario, policy, at, report)
        else:
            path = _module(policy, at, source, report)
            if path is not None:
                found[number] = path
    return found


def _check_built_in(policy: Policy, use: str, at: KeyPath, report: Report) -> None:
    if policy.function is not None:
        report.check(
            (*at, "function"), "a built-in policy has no function to name", "delete it, or write  module:"
        )
    known = BUILT_IN.get(use)
    if known is None:
        near = nearest(use, list(BUILT_IN))
        report.check(
            (*at, "use"),
            f"{shown(use)} is not a built-in policy",
            f"did you mean  use: {near} ?" if near else f"write one of: {', '.join(BUILT_IN)}",
        )
        return
    for name, value in policy.written.items():
        if name not in known:
            near = nearest(name, list(known))
            report.check(
                (*at, name),
                f"{use} has no argument {name}",
                f"did you mean  {near}:  ?" if near else f"delete it; it has: {', '.join(known)}",
            )
            continue
        try:
            known[name].read(value)
        except Wrong as wrong:
            report.check((*at, name), wrong.problem, wrong.fix)
    basis = _word(policy.written.get("basis"))
    for name, argument in known.items():
        if name in policy.written:
            if argument.basis and basis in BASES and basis != argument.basis:
                report.check(
                    (*at, name),
                    f"{name} has no meaning with basis: {basis}",
                    f"delete it, or write  basis: {argument.basis}",
                    (*at, "basis"),
                )
        elif argument.required or (argument.basis and argument.basis == basis and argument.default is None):
            with_basis = f" with basis: {basis}" if argument.basis else ""
            report.check(
                at,
                f"{use} needs the argument {name}{with_basis}: "
                f"{argument.meaning[0].lower()}{argument.meaning[1:-1]}",
                f"add  {name}:  and a {argument.unit}",
                (*at, name),
            )


def _word(value: object) -> str:
    """A word as it is read; empty where it is none."""
    return value.strip().lower() if isinstance(value, str) else ""


def _check_review(scenario: Scenario, policy: Policy, at: KeyPath, report: Report) -> None:
    """What only a budget review can get wrong."""
    written = policy.written
    least, most = written.get("least"), written.get("most")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.check(
            (*at, "most"),
            f"at least {least} and at most {most} people cannot be kept together",
            f"write  most: {least}  or more, or a smaller  least:",
            (*at, "least"),
        )
    if _word(written.get("basis")) == "tickets" and scenario.tickets is None:
        report.check(
            (*at, "basis"),
            "the budget follows tickets, and the scenario has none",
            "add  tickets:  or write  basis: work",
        )


def _check_cost(scenario: Scenario, policy: Policy, at: KeyPath, report: Report) -> None:
    role = policy.written.get("role")
    counts = policy.use == "cut_to_budget" or (
        policy.use == "budget_review" and _word(policy.written.get("basis")) in ("arr", "tickets")
    )
    if counts and role in scenario.staff and scenario.staff[str(role)].cost is None:
        report.check(
            (*at, "role"),
            f"it is not said what a person of {role} costs",
            f"write  staff.{role}.cost: 9M per year",
            ("staff", str(role)),
        )


def _module(policy: Policy, at: KeyPath, source: Source, report: Report) -> Path | None:
    """The file of a policy; None after reporting what is wrong with it."""
    written, key = str(policy.module), (*at, "module")
    absolute = PurePosixPath(written).is_absolute() or PureWindowsPath(written).is_absolute()
    found = (
        "is outside the folder of the scenario"
        if absolute
        else resolve_path(written, source.folder_of(key), (source.folder,))
    )
    if isinstance(found, str):
        report.check(key, f"{shown(written)} {found}", "put the file beside the scenario, and write its name")
        return None
    if not found.is_file() or found.suffix != ".py":
        what = "is not a Python file" if found.exists() else "does not exist"
        files = sorted(other.name for other in found.parent.glob("*.py")) if found.parent.is_dir() else []
        near = nearest(Path(written).name, files)
        fix = "write the name of a .py file beside the scenario"
        report.check(key, f"{shown(written)} {what}", f"did you mean  module: {near} ?" if near else fix)
        return None
    if policy.function is None:
        report.check(at, "it is not said which function is the policy", "add  function: NAME")
        return None
    tree = _parsed(found, written, key, report)
    if tree is not None:
        _check_function(tree, policy, policy.function, at, report)
    return found


def _parsed(path: Path, written: str, key: KeyPath, report: Report) -> ast.Module | None:
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_MODULE_BYTES + 1)
        if len(data) > MAX_MODULE_BYTES:
            report.check(key, f"{shown(written)} is larger than 1 MB", "keep the policy in a file of its own")
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes and the like, which are the author's affair
            return ast.parse(data.decode("utf-8-sig"))
    except OSError as error:
        report.check(key, f"{shown(written)} cannot be read: {error.strerror}", "check its permissions")
    except SyntaxError as error:
        where = f" in line {error.lineno}" if error.lineno else ""
        report.check(
            key, f"{shown(written)} is not Python{where}", f"run  python {written}  to see what is wrong"
        )
    except (ValueError, RecursionError, MemoryError):
        report.check(key, f"{shown(written)} is not Python", f"run  python {written}  to see what is wrong")
    return None


def _check_function(tree: ast.Module, policy: Policy, name: str, at: KeyPath, report: Report) -> None:
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    function = functions.get(name)
    if function is None:
        near = nearest(name, list(functions))
        have = f"it has: {', '.join(functions)}" if functions else f"write  def {name}(...):  in it"
        report.check(
            (*at, "function"),
            f"{policy.module} does not define the function {name}",
            f"did you mean  function: {near} ?" if near else have,
            (*at, "module"),
        )
        return
    if function.decorator_list or function.args.kwarg is not None:
        return  # it may take any argument
    arguments = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
    for written in policy.written:
        if python_name(written) not in arguments:
            near = nearest(python_name(written), arguments)
            report.check(
                (*at, written),
                f"{name} has no argument {python_name(written)}",
                f"did you mean  {near}:  ?" if near else "delete it, or add it to the function",
                (*at, "module"),
                (*at, "function"),
            )
