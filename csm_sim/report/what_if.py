"""what_if.json: the points of a sizing or a sweep, written and read back."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final, get_args

from csm_sim.analysis.paired import Interval
from csm_sim.analysis.targets import Verdict
from csm_sim.analysis.what_if import MEASURES, TeamPoint, WhatIf
from csm_sim.errors import UsageError
from csm_sim.report.folder import json_text

FILE: Final = "what_if.json"

_VERSION: Final = 1
_MOST_POINTS: Final = 10_000


def what_if_json(found: WhatIf) -> str:
    """The points as JSON."""
    return json_text(
        {
            "what_if": _VERSION,
            "name": found.name,
            "source": found.source,
            "currency": found.currency,
            "seed": found.seed,
            "horizon": found.horizon,
            "roles": list(found.roles),
            "base": found.base,
            "headline": {language: list(lines) for language, lines in found.headline.items()},
            "measures": [
                {"name": name, "unit": found.currency if unit == "money" else unit, "better": better}
                for name, unit, better in found.measures
            ],
            "points": [
                {
                    "people": dict(zip(found.roles, point.people, strict=True)),
                    "n": point.n,
                    "targets": point.targets,
                    "measures": {name: [one.mean, one.low, one.high] for name, one in point.measures.items()},
                }
                for point in found.points
            ],
        }
    )


def read_what_if(folder: Path) -> WhatIf:
    """The points that a sizing or a sweep has left in its folder.

    Raises
    ------
    UsageError
        When there are none, or the file is not one of ours.
    """
    path = folder / FILE
    try:
        return _read(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}\n"
            "  fix       name the folder of a  csm-sim size  or of a  csm-sim sweep -o DIR  of headcounts"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a file of points as csm-sim writes it: {error}\n"
            "  fix       run  csm-sim size  or  csm-sim sweep  again"
        ) from None


def _read(data: Any) -> WhatIf:
    if data["what_if"] != _VERSION:
        raise ValueError(f"its version is {data['what_if']!r}, not {_VERSION}")
    roles = tuple(str(role) for role in data["roles"])
    known = {name for name, _unit, _better in MEASURES}
    points = []
    for point in data["points"][:_MOST_POINTS]:
        people, n = tuple(int(point["people"][role]) for role in roles), int(point["n"])
        measures = {
            name: Interval(_number(three[0]), _number(three[1]), _number(three[2]), n)
            for name, three in point["measures"].items()
            if name in known and len(three) == 3
        }
        targets = point["targets"]
        if targets not in (*get_args(Verdict), None):
            raise ValueError(f"{targets!r} is no verdict on targets")
        points.append(TeamPoint(people, n, measures, targets))
    base = data["base"]
    if not roles or not points or not (base is None or 0 <= base < len(points)):
        raise ValueError("it has no roles, no points, or a base that is none of them")
    return WhatIf(
        name=str(data["name"]), source=str(data["source"]), currency=str(data["currency"]),
        seed=int(data["seed"]), horizon=str(data["horizon"]), roles=roles, points=tuple(points), base=base,
        headline={
            str(language): tuple(str(line) for line in lines) for language, lines in data["headline"].items()
        },
    )  # fmt: skip


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
