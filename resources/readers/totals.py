"""The sums that a report writes below its rows: no rows, where nothing else can be meant.

Not here: single cells below a table (`pieces`, `workbook`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WORDS = (
    "total", "totals", "grand total", "grand totals", "subtotal", "sub-total", "sum", "count", "summe", "gesamt",
    "gesamtsumme", "insgesamt", "anzahl", "total général", "total general", "total geral", "totale", "totale generale",
    "suma", "soma", "somme", "totaal", "eindtotaal", "razem", "ogółem", "celkem", "summa", "totalt", "yhteensä",
    "toplam", "genel toplam", "итого", "всего", "合計", "总计", "總計", "합계",
)  # fmt: skip
SAYS = re.compile(rf"\s*(?:{'|'.join(map(re.escape, WORDS))})\s*(?:\([^)]*\))?\s*:?\s*", re.IGNORECASE)
NUMBER = re.compile(r"\s*(?:[A-Z]{3}|[^\w\s.,-])?\s*-?\d[\d.,'\s]*(?:%|[A-Z]{3}|[^\w\s])?\s*")
LEAST_WIDTH = 3  # in two columns a name and a number look the same


def is_total(cells: Sequence[str | None], width: int) -> bool:
    """Whether cells below a table of so many columns say a total: its word first, then numbers alone, most cells empty.

    A row of a person or a company has more to it, and its id.
    """
    first, *rest = [cell or "" for cell in cells] or [""]
    filled = [cell for cell in rest if cell.strip()]
    is_sparse = width >= LEAST_WIDTH and 0 < len(filled) <= (width - 1) // 2
    return is_sparse and bool(SAYS.fullmatch(first)) and all(NUMBER.fullmatch(cell) for cell in filled)
