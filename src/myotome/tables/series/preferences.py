"""Which of several usable series is measured: points for what its header says."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.series.rule import require_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Points for one fact: by value (``points``) or by half-open number range (``ranges``)."""

    key: str
    fact: str
    points: tuple[tuple[object, float], ...] = ()
    ranges: tuple[tuple[float, float, float], ...] = ()
    unknown: float = 0.0

    def __post_init__(self) -> None:
        require_facts(self.key, self.fact)


PREFERENCES: tuple[Preference, ...] = (
    Preference(
        key="coverage",
        fact="extent_mm",
        ranges=((0, 100, 0), (100, 180, 15), (180, 260, 30), (260, 350, 45), (350, 1e9, 50)),
    ),
    Preference(
        key="region",
        fact="region",
        points=(("abdomen", 20), ("trunk", 20), ("unknown", 8), ("chest", 0)),
    ),
    Preference(
        key="sharpness",
        fact="sharpness",
        points=(("soft", 10), ("medium", 8), ("unknown", 4), ("sharp", -30)),
    ),
    Preference(
        key="thickness",
        fact="thickness_mm",
        ranges=((0, 1.99, -10), (1.99, 2.5, 7), (2.5, 5.1, 10), (5.1, 7.6, 5), (7.6, 1e9, 0)),
    ),
    Preference(key="metal", fact="kind", points=(("metal_reduced", -6),)),
    Preference(key="original", fact="is_original", points=((True, 4), (False, 0))),
    Preference(key="gaps", fact="gaps", ranges=((1, 1e9, -20),)),
    Preference(key="repeats", fact="repeats", ranges=((1, 1e9, -20),)),
    Preference(key="torn", fact="left_out_images", ranges=((1, 1e9, -20),)),
    Preference(key="small_field", fact="field_mm", ranges=((0, 250, -15),)),
)
