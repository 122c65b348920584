"""The event log of one replication: who did what when. Empty unless asked for."""

from __future__ import annotations

from csm_sim.engine.arrays import Records
from csm_sim.engine.compiled import kernel


@kernel
def log_event(
    log: Records, control: Records, time: float, what: int, account: int, person: int, kind: int,
    occurrence: int, step: int, value: float,
) -> None:  # fmt: skip
    """Write one line of the log, as long as there is room."""
    place = control[0].logged
    if place < log.shape[0]:
        line = log[place]
        line.time, line.what, line.account, line.person = time, what, account, person
        line.kind, line.occurrence, line.step, line.value = kind, occurrence, step, value
    control[0].logged = place + 1


@kernel
def logged_account(nodes: Records, n: int) -> int:
    """How the log names the account of a stream: -(segment + 2) for work of a whole segment."""
    if nodes[n].account < 0 and nodes[n].person < 0:
        return -(int(nodes[n].segment) + 2)
    return int(nodes[n].account)
