"""Fonts for names in other scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from csm_sim.report import fonts


def test_latin_needs_no_other_font() -> None:
    assert fonts.families_for(["Small team", "¥ € ± –"]) == ["DejaVu Sans"]


def test_a_missing_font_is_told_once_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_candidates", lambda: iter(()))
    with pytest.warns(UserWarning, match="pip install") as told:
        assert fonts.families_for(["顧客", "成功"]) == ["DejaVu Sans"]
    assert len(told) == 1


def test_a_font_that_has_the_characters_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fonts, "_candidates", lambda: iter([("Useless", "u"), ("Useful", "w"), ("Late", "w")])
    )
    real = fonts._drawable
    known = {"u": set(""), "w": set("顧客")}
    monkeypatch.setattr(fonts, "_drawable", lambda path: known[path] if path in known else real(path))
    assert fonts.families_for(["顧客"]) == ["DejaVu Sans", "Useful"]


def test_a_package_with_a_font_is_found_without_importing_it() -> None:
    import sys

    for family, path in fonts._candidates():
        assert family
        assert Path(path).is_file()
    assert "matplotlib_fontja" not in sys.modules
