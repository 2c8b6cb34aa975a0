"""Refuse installed packages with a fault that is known, by the rows of audit.csv; offline.

The rows are written by hand when a release mends something that matters here. Packages that are
not installed are no fault. Run by `make check`.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

TABLE = Path(__file__).with_name("audit.csv")


def rows() -> list[dict[str, str]]:
    """The table."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def unsafe(
    table: Iterable[Mapping[str, str]], installed: Callable[[str], str] = version
) -> list[str]:
    """One line for each installed package that is older than its row allows."""
    found = []
    for row in table:
        try:
            here = installed(row["package"])
        except PackageNotFoundError:
            continue
        if _order(here) < _order(row["safe_from"]):
            found.append(
                f"{row['package']} {here}: {row['why']} ({row['source']}); "
                f"install {row['safe_from']} or later"
            )
    return found


def _order(release: str) -> tuple[int, ...]:
    plain = re.match(r"\d+(\.\d+)*", release)
    return tuple(int(n) for n in plain[0].split(".")) if plain else ()


if __name__ == "__main__":
    told = unsafe(rows())
    print("\n".join(told) or f"no fault is known of {len(rows())} packages that were looked at")
    sys.exit(bool(told))
