"""Measures, prints the table, and ends with status 1 when a budget is overrun.

Names of benchmarks as arguments take only those: `python -m benchmarks order item_page`.
"""

import sys
from collections.abc import Iterable
from importlib import import_module

from benchmarks.table import Row, render

BENCHMARKS = ("order", "item_page", "customer", "invoice_pdf", "cold_start", "stock_list")
"""Modules of this package. Each has `rows`, or `measure` where its figures are texts."""

PDF_BUDGETS = {("10", "ReportLab"): 1.0, ("1,000", "ReportLab"): 1.0, ("1,000", "WeasyPrint"): 1 / 20}
"""By number of lines and yardstick, what the ratio may be."""


def main(names: list[str]) -> int:
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        module = import_module(f"benchmarks.{name}")
        rows += module.rows() if hasattr(module, "rows") else _pdf_rows(module.measure())
    sys.stdout.write(render(rows) + "\n")
    return 0 if all(row.holds for row in rows) else 1


def _pdf_rows(measured: Iterable[tuple[str, ...]]) -> Iterable[Row]:
    """Of the texts that invoice_pdf prints by itself, such as `("invoice PDF, 10 lines", "4.2 ms", "ReportLab", …)`."""
    for what, figure, yardstick, its_figure, _ in measured:
        budget = PDF_BUDGETS.get((what.split()[2], yardstick))
        yield Row(what, float(figure.split()[0]), "ms", yardstick, float(its_figure.split()[0]), most_ratio=budget)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
