"""A call as a user makes it; modules that need another folder have a fixture of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from called import Call, Called

from csm_sim.cli import main


@pytest.fixture
def call(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Call:
    """Call the module's COMMAND in a folder that holds only its SCENARIO, as team.yaml."""
    command: str = request.module.COMMAND
    (tmp_path / "team.yaml").write_text(request.module.SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")

    def go(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as left:
            main([command, "team.yaml", *arguments])
        printed = capsys.readouterr()
        code = left.value.code
        # that the simulation is being compiled is said only the first time
        said = "".join(line for line in printed.err.splitlines(True) if not line.startswith("compiling"))
        return Called(code if isinstance(code, int) else 0, printed.out, said)

    return go
