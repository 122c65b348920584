"""Files merge in the order that is documented, and every value knows where it came from."""

from __future__ import annotations

import textwrap
import time
from datetime import date
from pathlib import Path

import pytest

from csm_sim.errors import ScenarioError
from csm_sim.scenario import load
from csm_sim.scenario.catalogue import catalogue
from csm_sim.scenario.codes import COUNTRIES
from csm_sim.scenario.defaults import with_defaults
from csm_sim.scenario.model import Scenario, add_span
from csm_sim.scenario.reference import json_schema, json_schema_text, reference_page
from csm_sim.scenario.units import Span
from csm_sim.scenario.writing import as_yaml

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = sorted((ROOT / "scenarios").rglob("*.yaml"))
SHIPPED_NAMES = [path.relative_to(ROOT / "scenarios").with_suffix("").as_posix() for path in SHIPPED]
BASE = """\
name: Base
start: 2027-04-01
horizon: 12 months
segments:
  smb: {touch: low, accounts: 40, arr: 1.5M, owner: csm}
staff:
  csm: {headcount: 2, cost: 9M per year, shrinkage: 25%}
playbooks:
  check_in:
    for: all
    every: month
    steps:
      - {do: call, effort: 30min, due: 5d}
      - {do: note, effort: 10min}
tickets:
  rate: 0.5 per month
  severities: {p2: {effort: 40min, first_response: 4h, resolve: 2bd}}
"""


def write(folder: Path, **files: str) -> Path:
    """The first file, after writing all of them."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(textwrap.dedent(text), encoding="utf-8")
    return folder / f"{next(iter(files))}.yaml"


def test_defaults_then_base_then_file_then_set(tmp_path: Path) -> None:
    path = write(tmp_path, child="extends: base.yaml\nname: Child\nstaff: {csm: {headcount: 3}}\n", base=BASE)
    loaded = load(path, ["staff.csm.headcount=7", "staff.csm.headcount=8"])
    scenario = loaded.scenario
    assert (scenario.name, scenario.staff["csm"].headcount) == ("Child", 8)
    assert scenario.staff["csm"].shrinkage == 0.25
    assert scenario.staff["csm"].switch == Span(10, "min")
    origins = loaded.origins
    assert str(origins["staff.csm.headcount"]) == "--set staff.csm.headcount=8"
    assert str(origins["name"]).endswith("child.yaml:2")
    assert str(origins["staff.csm.shrinkage"]).endswith("base.yaml:7")
    assert str(origins["playbooks.check_in.steps[1].effort"]).endswith("base.yaml:14")
    assert origins["staff.csm.switch"].kind == "default"
    assert str(origins["warm_up"]) == "default: assumption"


def test_a_list_replaces_and_null_removes(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="""\
            extends: base.yaml
            staff: {csm: {shrinkage: null}}
            tickets:
            playbooks: {check_in: {steps: [{do: mail, effort: 5min}]}}
            """,
        base=BASE,
    )
    scenario = load(path).scenario
    assert scenario.staff["csm"].shrinkage == 0.3
    assert scenario.tickets is None
    assert [step.do for step in scenario.playbooks["check_in"].steps] == ["mail"]


def test_extends_may_be_chained_and_lie_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "parts" / "middle.yaml").write_text("extends: base.yaml\nname: Middle\n", encoding="utf-8")
    path = write(tmp_path, top="extends: parts/middle.yaml\nwarm_up: 0d\n")
    loaded = load(path)
    assert loaded.scenario.name == "Middle"
    assert str(loaded.origins["start"]).endswith("parts/base.yaml:2")


def test_data_dir_allows_another_folder(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "shared" / "base.yaml").write_text(BASE, encoding="utf-8")
    path = write(tmp_path / "mine", top="extends: ../shared/base.yaml\n")
    with pytest.raises(ScenarioError, match="outside the folder"):
        load(path)
    assert load(path, data_dir=tmp_path / "shared").scenario.name == "Base"
    path.write_text("extends: base.yaml\n", encoding="utf-8")
    assert load(path, data_dir=tmp_path / "shared").scenario.name == "Base"


def test_a_symbolic_link_does_not_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "secret.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "mine" / "base.yaml").symlink_to(tmp_path / "secret.yaml")
    with pytest.raises(ScenarioError, match="outside the folder"):
        load(write(tmp_path / "mine", top="extends: base.yaml\n"))


@pytest.mark.parametrize(
    ("assignment", "check"),
    [
        (
            "playbooks.check_in.steps[0].effort=2h",
            lambda s: s.playbooks["check_in"].steps[0].effort.params[0] == 120,
        ),
        (
            "playbooks.check_in.steps[0]={do: call, effort: 1h}",
            lambda s: s.playbooks["check_in"].steps[0].effort.params[0] == 60,
        ),
        ("targets.sla=90%", lambda s: s.targets.sla == 0.9),
        ("timeline=[{on: 2027-05-01, hire: {role: csm, count: 1}}]", lambda s: s.timeline[0].hire.count == 1),
        ("staff={ops: {headcount: 1, serves: all}}", lambda s: list(s.staff) == ["csm", "ops"]),
        ("tickets.handled_by=csm", lambda s: s.tickets.handled_by == "csm"),
        ("calendar=24x7", lambda s: s.calendar.windows == ((0, 1440),)),
        ("name=a: b", None),
        ('name="a: b"', lambda s: s.name == "a: b"),
        ("staff.csm.shrinkage=null", lambda s: s.staff["csm"].shrinkage == 0.3),
    ],
)
def test_set(tmp_path: Path, assignment: str, check: object) -> None:
    path = write(tmp_path, base=BASE)
    if check is None:
        with pytest.raises(ScenarioError):
            load(path, [assignment])
    else:
        assert check(load(path, [assignment]).scenario)  # type: ignore[operator]


def test_all_and_working_days_are_spelt_out(tmp_path: Path) -> None:
    scenario = load(
        write(tmp_path, base=BASE), ["staff.csm.serves=all", "calendar.hours='10:00-16:00'"]
    ).scenario
    assert scenario.playbooks["check_in"].for_ == ("smb",)
    assert scenario.staff["csm"].serves == ("smb",)
    # 10 to 16 less the break of an hour at 12
    assert scenario.tickets is not None
    assert scenario.tickets.severities["p2"].resolve == Span(600, "min")


def test_calendar_breaks_lie_where_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path, base=BASE)

    def windows(*sets: str) -> tuple[tuple[int, int], ...]:
        return load(path, sets).scenario.calendar.windows

    assert windows() == ((540, 720), (780, 1080))
    assert windows("calendar.break=none") == ((540, 1080),)
    assert windows("calendar.break=0min") == ((540, 1080),)
    assert windows("calendar.break=1h") == ((540, 780), (840, 1080))
    assert windows("calendar.break='13:00-13:30'") == ((540, 780), (810, 1080))


def test_months_are_counted_on_the_calendar() -> None:
    assert add_span(date(2027, 4, 30), Span(2, "months"), -1) == date(2027, 2, 28)
    assert add_span(date(2024, 2, 29), Span(1, "years")) == date(2025, 2, 28)
    assert add_span(date(2027, 4, 1), Span(6, "w")) == date(2027, 5, 13)


def test_routing_prefers_the_playbook_then_the_owner_then_who_serves(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        two="""\
            extends: base.yaml
            segments: {pool: {touch: tech, accounts: 5, arr: 1}}
            staff: {support: {headcount: 1, serves: [pool]}, ops: {headcount: 1}}
            playbooks:
              check_in: {for: all}
              audit: {for: all, role: ops, every: year, steps: [{do: audit, effort: 1h}]}
            """,
        base=BASE,
    )
    scenario = load(path).scenario
    assert scenario.role_of("check_in", "smb") == "csm"
    assert scenario.role_of("check_in", "pool") == "support"
    assert scenario.role_of("audit", "smb") == "ops"
    assert scenario.ticket_routes("smb") == [(1.0, "support")]


@pytest.mark.parametrize("path", SHIPPED, ids=SHIPPED_NAMES)
def test_what_show_prints_is_the_same_scenario(path: Path, tmp_path: Path) -> None:
    loaded = load(path)
    merged, _ = with_defaults(loaded.data)
    again = tmp_path / "again.yaml"
    again.write_text(as_yaml(merged, lambda key: str(loaded.origins[key])), encoding="utf-8")
    reread = load(again, data_dir=path.parent)
    assert reread.scenario == loaded.scenario
    assert all(origin.kind == "file" for origin in reread.origins.values())


@pytest.mark.parametrize("path", SHIPPED, ids=SHIPPED_NAMES)
def test_shipped_scenarios_say_who_runs_them_and_where_numbers_come_from(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    above = "../" * (len(path.relative_to(ROOT / "scenarios").parts) - 1)
    assert text.startswith(f"# yaml-language-server: $schema={above}scenario.schema.json\n")
    assert "# Who runs this:" in text
    assert "# What it shows:" in text
    assert load(path).scenario.name


def test_every_key_has_a_meaning_and_every_default_a_source() -> None:
    for doc in catalogue():
        assert doc.meaning.endswith("."), doc.text
        assert doc.unit, doc.text
        assert doc.source or not doc.default_text, doc.text
        assert doc.example or doc.group, doc.text


def test_examples_and_defaults_of_the_manual_are_read() -> None:
    """An example that the language itself refuses would be worse than none."""
    from csm_sim.scenario.nodes import Group, Scalar, read_nodes

    for doc in catalogue():
        if not doc.example or "..." in doc.example:
            continue
        node = read_nodes(f"{doc.name}: {doc.example}\n", "example")
        assert isinstance(node, Group)
        assert doc.name in node.entries
        assert (
            not isinstance(node.entries[doc.name][1], Scalar) or node.entries[doc.name][1].value is not None
        )


def test_generated_files_are_up_to_date() -> None:
    """Mend with ``csm-sim schema --write ...`` (twice, see scenarios/README.md)."""
    assert (ROOT / "scenarios" / "scenario.schema.json").read_text(encoding="utf-8") == json_schema_text()
    assert (ROOT / "docs" / "reference" / "scenario.md").read_text(encoding="utf-8") == reference_page()


def test_schema_knows_every_key() -> None:
    text = json_schema_text()
    assert json_schema()["properties"].keys() >= {
        field.alias or name for name, field in Scenario.model_fields.items()
    }
    for doc in catalogue():
        assert f'"{doc.name}": {{' in text


def test_countries_are_those_of_the_holidays_package() -> None:
    import holidays

    assert {code for code in holidays.list_supported_countries() if len(code) == 2} == COUNTRIES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(BASE.replace("Base", "顧客成功チーム").encode(encoding))
    assert load(path).scenario.name == "顧客成功チーム"


def test_reading_a_shipped_scenario_is_quick() -> None:
    load(SHIPPED[0])
    before = time.perf_counter()
    load(SHIPPED[0])
    assert time.perf_counter() - before < 0.5


def test_a_distribution_of_another_form_replaces_one(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        child="""\
            extends: base.yaml
            tickets: {severities: {p2: {effort: {exponential: 30min}}}}
            """,
        base=BASE.replace("{effort: 40min,", "{effort: {mean: 40min, cv: 1},"),
    )
    severity = load(path).scenario.tickets.severities["p2"]
    assert (severity.effort.kind, severity.effort.params) == ("exponential", (30.0,))
    base = tmp_path / "base.yaml"
    changed = load(base, ["tickets.severities.p2.effort={constant: 1h}"]).scenario.tickets.severities["p2"]
    assert (changed.effort.kind, changed.effort.params) == ("constant", (60.0,))
    partly = load(base, ["tickets.severities.p2.effort={mean: 2h}"]).scenario.tickets.severities["p2"]
    assert (partly.effort.kind, partly.effort.params) == ("lognormal", (120.0, 1.0))
