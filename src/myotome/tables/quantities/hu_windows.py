"""Hounsfield windows and densities: one cited row each. Bounds are inclusive, on rounded HU."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """An inclusive HU range with its source."""

    key: str
    words: str
    low_hu: int
    high_hu: int
    source: str

    @property
    def bounds_hu(self) -> tuple[int, int]:
        """Lowest and highest HU inside the window."""
        return self.low_hu, self.high_hu

    @property
    def range_words(self) -> str:
        """``-150..-50 HU``."""
        return f"{self.low_hu}..{self.high_hu} HU"


WINDOWS: tuple[Window, ...] = (
    Window(
        key="muscle",
        words="skeletal muscle",
        low_hu=-29,
        high_hu=150,
        source="Vu 2024, after Aubrey 2014, doi 10.1111/apha.12224",
    ),
    Window(
        key="nama",
        words="normal-attenuation muscle",
        low_hu=30,
        high_hu=150,
        source="Kim DW 2021, doi 10.3348/kjr.2020.0914",
    ),
    Window(
        key="lama",
        words="low-attenuation muscle",
        low_hu=-29,
        high_hu=29,
        source="complement of NAMA within -29..150 HU",
    ),
    Window(
        key="intramuscular_fat",
        words="fat inside the muscle mask",
        low_hu=-190,
        high_hu=-30,
        source="Smorchkova 2022, fat -190..-30 HU",
    ),
    Window(
        key="intermuscular_fat",
        words="fat inside the outer fascia of the muscles",
        low_hu=-190,
        high_hu=-30,
        source="fat -190..-30 HU, Smorchkova 2022; inside the fascia, without the rim within 3 mm "
        "of subcutaneous and visceral fat: Myotome's own definition",
    ),
    Window(
        key="total_abdominal_muscle",
        words="muscle with the fat inside its fascia",
        low_hu=-190,
        high_hu=150,
        source="Kim DW 2020, JMIR Med Inform 8:e23049: TAMA = SMA + IMAT",
    ),
    Window(
        key="subcutaneous_fat",
        words="subcutaneous fat",
        low_hu=-190,
        high_hu=-30,
        source="Smorchkova 2022, fat -190..-30 HU",
    ),
    Window(
        key="visceral_fat",
        words="visceral fat",
        low_hu=-150,
        high_hu=-50,
        source="Hamaguchi 2018, doi 10.1002/jcsm.12276",
    ),
    Window(
        key="visceral_fat_wide",
        words="visceral fat, the wider window",
        low_hu=-190,
        high_hu=-30,
        source="Smorchkova 2022, fat -190..-30 HU",
    ),
)
WINDOW = Registry("HU window", WINDOWS)

MUSCLE_DENSITY_G_PER_ML = 1.06
"""Vu 2024, after Shephard 1988."""
