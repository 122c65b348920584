"""A font for names that matplotlib's own font cannot draw."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_PACKAGES: Final = (("matplotlib_fontja", "fonts/ipaexg.ttf"), ("japanize_matplotlib", "fonts/ipaexg.ttf"))
"""Packages that ship a Japanese font. The file is used; importing the package would change settings."""

_INSTALLED: Final = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "BIZ UDGothic",
    "Source Han Sans JP",
    "Droid Sans Fallback",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "PingFang SC",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK KR",
    "Malgun Gothic",
    "AppleGothic",
    "Arial Unicode MS",
)


def families_for(texts: Iterable[str]) -> list[str]:
    """Font families, in order of preference, in which all the texts can be drawn.

    Warns once when some character cannot be drawn with what is installed, and says what to install.

    Parameters
    ----------
    texts
        All that a figure will write.
    """
    from matplotlib import font_manager

    own = "DejaVu Sans"
    needed = {mark for text in texts for mark in text if not mark.isspace()}
    left = needed - _drawable(font_manager.findfont(own))
    families = [own]
    if not left:
        return families
    for family, path in _candidates():
        found = left & _drawable(path)
        if found:
            families.append(family)
            left -= found
        if not left:
            return families
    shown = "".join(sorted(left))[:20]
    warnings.warn(
        f"no installed font can draw {shown} in the figures: pip install matplotlib-fontja",
        UserWarning,
        stacklevel=2,
    )
    return families


def _candidates() -> Iterable[tuple[str, str]]:
    from matplotlib import font_manager

    for package, inner in _PACKAGES:
        spec = find_spec(package)
        path = Path(spec.origin).parent / inner if spec is not None and spec.origin else None
        if path is not None and path.is_file():
            font_manager.fontManager.addfont(str(path))
            yield font_manager.FontProperties(fname=str(path)).get_name(), str(path)
    installed = {font.name: font.fname for font in font_manager.fontManager.ttflist}
    yield from ((family, installed[family]) for family in _INSTALLED if family in installed)


def _drawable(path: str) -> set[str]:
    from matplotlib.ft2font import FT2Font

    return {chr(code) for code in FT2Font(path).get_charmap()}
