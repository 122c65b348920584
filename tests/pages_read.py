"""Pages as a program reads them: their elements, their texts, and the figures that they carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class PageRead(HTMLParser):
    """What stands in a page."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Name of the element around it, and text."""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def text_of(self, tag: str) -> list[str]:
        """The texts right in elements of a name."""
        return [text for name, text in self.texts if name == tag and text.strip()]

    @property
    def text(self) -> str:
        """All that a reader sees."""
        return " ".join(text for name, text in self.texts if name not in ("style", "script"))

    @property
    def figures(self) -> list[dict[str, str | None]]:
        """Elements that carry a figure of metrics.csv."""
        return [attributes for _tag, attributes in self.elements if "data-metric" in attributes]


def read_page(html: str) -> PageRead:
    """A page as a program reads it."""
    page = PageRead()
    page.feed(html)
    page.close()
    return page
