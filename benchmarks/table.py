"""The rows that the benchmarks hand in, and the one table made of them."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure. At most one of the two budgets is set; without any, the figure is there to be known."""

    what: str
    figure: float
    unit: str = ""
    yardstick: str = ""
    its_figure: float | None = None
    most: float | None = None
    """What the figure may be."""
    most_ratio: float | None = None
    """What the figure divided by the yardstick's may be."""

    @property
    def ratio(self) -> float | None:
        return self.figure / self.its_figure if self.its_figure else None

    @property
    def budget(self) -> str:
        if self.most is not None:
            return f"≤ {_number(self.most)} {self.unit}"
        return f"≤ {_number(self.most_ratio)}×" if self.most_ratio is not None else ""

    @property
    def holds(self) -> bool:
        if self.most is not None:
            return self.figure <= self.most
        return self.most_ratio is None or (self.ratio is not None and self.ratio <= self.most_ratio)

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            f"{_number(self.figure)} {self.unit}",
            self.yardstick,
            f"{_number(self.its_figure)} {self.unit}" if self.its_figure is not None else "",
            f"{_number(self.ratio)}×" if self.ratio is not None else "",
            self.budget,
            ("yes" if self.holds else "NO") if self.budget else "",
        )


HEAD = ("what", "figure", "yardstick", "its figure", "ratio", "budget", "holds")


def render(rows: Iterable[Row]) -> str:
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, tuple("─" * width for width in widths))
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _number(value: float | None) -> str:
    """Three digits that count, which is more than two runs agree on."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
