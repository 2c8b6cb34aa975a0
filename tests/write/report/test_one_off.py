"""What a level's numbers were under another name is always told, and loudly in doubt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.quantities.tissues import NAMES_IN_DOUBT
from myotome.write.report.one_off import names_in_doubt, one_off
from myotome.write.report.page import render
from myotome.write.results import draw

from .test_page import read


def _row(structure: str, level: str, value: float | None, quantity: str = "area") -> Measurement:
    return Measurement(
        quantity=quantity,
        structure=structure,
        side="both",
        level=level,
        value=value,
        unit="HU" if quantity == "mean_hu" else "cm2",
        status=Status.NOT_MEASURABLE if value is None else Status.MEASURED,
        reason="" if value is not None else "no",
        definition="-29..150 HU",
        window_hu=(-29, 150),
    )


ROWS = (
    _row("skeletal_muscle", "L2", 131.0),
    _row("skeletal_muscle", "L3", 125.0),
    _row("skeletal_muscle", "L4", 120.0),
    _row("skeletal_muscle", "L2", 30.0, "mean_hu"),
    _row("skeletal_muscle", "L3", 32.5, "mean_hu"),
    _row("visceral_fat", "L3", 80.0),
    _row("visceral_fat", "L4", None),
)


@pytest.fixture
def told(result):
    return replace(result, measurements=(*result.measurements, *ROWS), flags=())


def test_under_the_higher_name_the_true_l3_is_the_next_one_down(told) -> None:
    """Called L3 and really L2: the true L3 is called L4 here."""
    found = one_off(told, "L3")
    assert found["really"] == ["L2", "L4"]
    muscle, attenuation = found["rows"]
    assert muscle["text"] == "125"
    assert [cell["text"] for cell in muscle["cells"]] == ["120", "131"]
    assert [cell["change"] for cell in muscle["cells"]] == ["\u22124 %", "+5 %"]
    assert [cell["text"] for cell in attenuation["cells"]] == ["", "30.0"]
    assert attenuation["cells"][1]["change"] == "\u22122.5 HU"
    assert found["sentence"] == (
        "If what is called L3 here is really L2 or L4, skeletal muscle at the true L3: "
        "120 cm\u00b2 (\u22124 %) or 131 cm\u00b2 (+5 %)."
    )


def test_a_number_without_neighbours_is_left_out(told, result) -> None:
    assert len(one_off(told, "L3")["rows"]) == 2  # visceral fat has none
    alone = replace(result, measurements=(_row("skeletal_muscle", "L3", 125.0),))
    assert one_off(alone, "L3") is None


@pytest.mark.parametrize("code", NAMES_IN_DOUBT)
def test_a_doubt_of_the_names_moves_it_to_the_front(told, code) -> None:
    warned = replace(told, flags=(raised(FLAG[code], "look at it"),))
    assert names_in_doubt(warned.flags)
    assert not names_in_doubt(told.flags)
    pages = {}
    for name, result in (("calm", told), ("warned", warned)):
        html = render(result, draw(result))
        pages[name] = html
        text = read(html).text
        assert "if it is really L2" in text
        assert ("The names of the vertebrae are in doubt here" in text) is (name == "warned")
    place = {name: html.index("called L3 is another one") for name, html in pages.items()}
    tiles = {name: html.index("At the middle of L3") for name, html in pages.items()}
    assert place["warned"] < tiles["warned"]
    assert place["calm"] > tiles["calm"]


def test_the_doubts_are_flags_of_the_locate_stage() -> None:
    assert {"level_count_unanchored", "level_count_disagrees", "level_low_confidence"} <= set(
        NAMES_IN_DOUBT
    )
    assert {FLAG[code].stage for code in NAMES_IN_DOUBT} == {"locate"}
