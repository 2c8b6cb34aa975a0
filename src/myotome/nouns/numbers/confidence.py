"""How well labels are expected to agree with a reader's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from myotome.nouns.numbers.interval import Interval, Spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """What the maker of the labels thinks of them, per muscle key; None for an absent muscle.

    ``raw`` is the network's own expectation of its Dice, 0..1, too high as networks are.
    ``expected_dice`` is the Dice against a reader to be expected on an unseen scan; its values
    are None as long as nobody calibrated this network (``calibrated_on`` is then empty, else
    it says on what). ``error`` is the mean absolute error of such a number on scans that the
    network had not seen, where known. ``spread`` is how far numbers of such scans lay from a
    reader's; None where nobody compared them. It is not written out: the measurements carry the
    intervals that it gives.
    """

    raw: Mapping[str, float | None]
    expected_dice: Mapping[str, float | None]
    calibrated_on: str = ""
    error: float | None = None
    spread: Spread | None = None

    def __post_init__(self) -> None:
        for name in ("raw", "expected_dice"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def calibrated(self) -> bool:
        """Whether ``expected_dice`` may be relied on."""
        return bool(self.calibrated_on)

    def mean(self, muscles: Iterable[str]) -> float | None:
        """The mean expected Dice of those of ``muscles`` that have one; None if none has."""
        return _mean(self.expected_dice.get(key) for key in muscles)

    def interval(
        self, value: float, place: tuple[str, str], muscles: Iterable[str]
    ) -> Interval | None:
        """Where a reader's number may be expected, for a ``value`` made of ``muscles``.

        ``place`` is what was compared and the structure (:class:`Spread`). None without a row
        for it, for a muscle whose outline nobody can judge, and for no value above 0.
        """
        half = None if self.spread is None else self.spread.rows.get(place)
        raws = [self.raw.get(key) for key in muscles]
        known = [raw for raw in raws if raw is not None]
        if self.spread is None or half is None or value <= 0 or not known or None in raws:
            return None
        return half.around(value, self.spread.doubt(sum(known) / len(known)))

    @property
    def study_expected_dice(self) -> float | None:
        """The mean expected Dice of all muscles found; None if uncalibrated or none was."""
        return _mean(self.expected_dice.values())

    @property
    def study_raw(self) -> float | None:
        """The mean raw expectation of all muscles found; None if none was."""
        return _mean(self.raw.values())


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
