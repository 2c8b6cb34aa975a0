"""One kind of flag, and the only door through which a flag is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from myotome.nouns.numbers.flag import Flag, Severity

Stage = Literal["read", "locate", "segment", "measure", "train"]
Concerns = Literal["all", "muscles", "slab", "composition", "levels", "case"]
CONCERNS: dict[Concerns, str] = {
    "all": "every number",
    "muscles": "the numbers of the muscles",
    "slab": "volumes, masses and means between the two planes",
    "composition": "the numbers of body composition",
    "levels": "the numbers at a vertebra",
    "case": "what is learned from a training case",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRow:
    """One code of a flag. ``key`` is the code, stable snake_case for programs.

    ``words`` is one sentence on what it means, ``cause`` says where it comes from, ``mend`` what
    to do. ``concerns`` are the numbers it is about. ``has_level`` allows a flag of one vertebra,
    ``also`` the severities that single places may give it instead of its own.
    """

    key: str
    severity: Severity
    stage: Stage
    words: str
    cause: str
    mend: str
    concerns: Concerns
    has_level: bool = False
    also: tuple[Severity, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a row that leaves its reader alone (ValueError, at import)."""
        if not (self.words and self.cause and self.mend):
            raise ValueError(f'the flag "{self.key}" lacks words, a cause or a mend')
        if self.stage not in get_args(Stage) or self.concerns not in CONCERNS:
            raise ValueError(f'the flag "{self.key}" has an unknown stage or concern')


def raised(
    row: FlagRow,
    message: str,
    *,
    level: str = "",
    structure: str = "",
    severity: Severity | None = None,
) -> Flag:
    """A flag of ``row`` with the sentence of this one case.

    ``level`` is the one vertebra that it is about, ``structure`` the one muscle or other
    structure, "" where there is not just one. Refuses (ValueError) a level or a ``severity``
    that the row does not allow.

    >>> from myotome.tables.flags.every import FLAG
    >>> raised(FLAG["level_uncertain"], "L3 is doubtful.", level="L3").severity
    <Severity.WARNING: 'warning'>
    """
    if level and not row.has_level:
        raise ValueError(f'the flag "{row.key}" is of no single level, but was given {level}')
    if severity is not None and severity not in (row.severity, *row.also):
        raise ValueError(f'the flag "{row.key}" is never of severity {severity}')
    return Flag(
        code=row.key,
        severity=row.severity if severity is None else severity,
        message=message,
        stage=row.stage,
        level=level,
        structure=structure,
    )
