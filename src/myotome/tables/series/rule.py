"""One rule of the choice among series."""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter

from myotome.nouns.study.candidate import Candidate
from myotome.tables.flags.every import FLAG

OWN = "engineering choice of this project"

_FACTS = frozenset(row.name for row in fields(Candidate))


def require_facts(key: str, *names: str | None) -> None:
    """Refuse (ValueError, at import) names of facts that no series has."""
    unknown = {name for name in names if name is not None} - _FACTS
    if unknown:
        raise ValueError(f"the row {key} asks for {', '.join(sorted(unknown))}, no fact of series")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """If ``fact operator value`` holds, the series gets ``verdict`` and ``text``.

    ``fact`` is a field of :class:`~myotome.nouns.study.candidate.Candidate`; one that is None
    triggers nothing. ``operator`` is "==", "in", "not in", "<", ">" or "outside" (``value`` is
    then the lowest and the highest number that are inside). ``verdict`` is "refused",
    "reserve" or "note". ``text`` may name ``{fact}`` values. ``override`` tells whether
    ``--series`` may insist. ``flag`` is the code of the flag that a result gets if the series is
    measured nonetheless; "" where reading raises one of its own, or nothing need be said.
    Refuses (ValueError, at import) facts and flags that do not exist.
    """

    key: str
    fact: str
    operator: str
    value: object
    verdict: str
    text: str
    source: str
    override: bool = True
    flag: str = ""

    def __post_init__(self) -> None:
        if self.flag:
            FLAG.known(self.flag)
        told = (name for _, name, _, _ in Formatter().parse(self.text))
        require_facts(self.key, self.fact, *told)
