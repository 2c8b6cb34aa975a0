"""The section on body composition says every number with its unit, its doubt and its source."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from myotome.assess.assessment import assess
from myotome.assess.person import instruments
from myotome.assess.person.record import record
from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CurvePoint,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.citable.cutoffs import CUTOFFS
from myotome.tables.quantities.indices import INDICES
from myotome.tables.quantities.repeatability import HEIGHT_M, REPEATABILITY, REPEATABLE
from myotome.tables.quantities.tissues import CAVEAT, TISSUES
from myotome.write.pictures.canvas import Picture
from myotome.write.report.assessed import assessed_section
from myotome.write.report.cells import exact, number, readable, unit_words
from myotome.write.report.composition import composition_section
from myotome.write.report.page import render
from myotome.write.report.percentile_chart import percentile_chart
from myotome.write.results import draw

from .test_page import read

NO_LEVEL = "L4 was not found and should lie below the scan"


def row(quantity, structure, level, value, unit, **more) -> Measurement:
    status = Status.NOT_MEASURABLE if value is None else more.pop("status", Status.MEASURED)
    return Measurement(
        quantity=quantity,
        structure=structure,
        side="both",
        level=level,
        value=value,
        unit=unit,
        status=status,
        **more,
    )


def composed(smi: float | None = 48.23) -> tuple[Measurement, ...]:
    """L2 and L3 measured, L4 not; L3 attenuation weakened, L2 at the edge of the field of view."""
    rows = []
    for place, tissue in enumerate(TISSUES):
        window = (-150, -50) if tissue.key == "visceral_fat" else (-29, 150)
        words = f"{window[0]}..{window[1]} HU in the {tissue.region}"
        weak = ("contrast_unknown",) if tissue.attenuation else ()
        where = {"definition": words, "window_hu": window, "slices": 1, "caveats": weak}
        several = {**where, "definition": f"{words}; mean of 3 slices", "slices": 3}
        cut = {"status": Status.PARTIAL, "reason": "touches the edge <of the field>"}
        area = 100.25 + place
        rows += [
            row("area", tissue.key, "L2", area - 20, "cm2", **where, **cut),
            row("area", tissue.key, "L3", area, "cm2", **where),
            row("mean_area", tissue.key, "L3", area + 0.5, "cm2", **several),
            row("area", tissue.key, "L4", None, "cm2", reason=NO_LEVEL),
            row("mean_hu", tissue.key, "L3", 31.4, "HU", definition=words, caveats=("metal",)),
            row("volume", tissue.key, "slab", 2000.0 + place, "ml", definition=words),
            row("mean_hu", tissue.key, "slab", -99.0, "HU", caveats=("contrast_unknown",)),
        ]
    why = {"reason": "needs the person's height"} if smi is None else {}
    unit = INDICES[0].unit
    rows.append(
        row("index", INDICES[0].key, "L3", smi, unit, definition="SMA / height^2, X", **why)
    )
    rows.append(row("estimate", "fat_mass", "L3", 25.0, "kg", caveats=("group_level_estimate",)))
    return tuple(rows)


def cutoff(key: str, **more) -> CutOffAnswer:
    given = {
        "topic": "ct_muscle_quantity",
        "topic_words": "CT: muscle quantity",
        "finding": f"low CT muscle quantity by {key}",
        "fact": "l3_smi_cm2_m2",
        "fact_words": "skeletal muscle index at L3",
        "value": 48.23,
        "operator": "<",
        "limit": 53.0,
        "unit": "cm2/m2",
        "verdict": "yes",
        "reason": "48.23 < 53",
        "caveats": (),
        "population": "patients <here>",
        "citation": key,
        "doi": "10.1/x",
        **more,
    }
    return CutOffAnswer(key=key, **given)


def strength(key: str) -> CutOffAnswer:
    return cutoff(
        key,
        topic="muscle_strength",
        finding=f"low strength by {key}",
        fact="grip_kg",
        fact_words="grip strength",
        value=None,
        limit=27.0,
        unit="kg",
        verdict="unknown",
        reason="not assessable: needs grip strength (not given)",
    )


def reference(**more) -> ReferencePlace:
    given = {
        "reference": "vu2024",
        "name": "Vu 2024, table 3",
        "target": "mass_total",
        "words": "gross mass of all twelve muscles",
        "value": 2068.0,
        "unit": "g",
        "statistic": "mean_sd",
        "group_words": "men, 51 to 60 years",
        "group_n": 39,
        "unstable": False,
        "reference_value": 3385.0,
        "reference_sd": 819.3,
        "z": -1.6,
        "percentile": 5.0,
        "below": None,
        "reason": "",
        "population": "hospital patients",
        "contrast": "mixed",
        "limits": "",
        "doi": "10.1/y",
        "said": "z -1.6, percentile 5 (men, 51 to 60 years, n 39; Vu 2024, table 3)",
        "curve": (
            CurvePoint(
                age_from=18, age_to=40, low=1900.0, middle=3363.0, high=4825.0, n=9, unstable=True
            ),
            CurvePoint(
                age_from=41, age_to=60, low=2037.0, middle=3385.0, high=4733.0, n=64, unstable=False
            ),
        ),
        **more,
    }
    return ReferencePlace(**given)


def judged(**more) -> Assessment:
    facts = (
        ToldFact(key="sex", words="sex", value="M", unit="", source="given"),
        ToldFact(key="age_years", words="age", value=58.0, unit="years", source="given"),
        ToldFact(key="weight_kg", words="weight", value=None, unit="kg", reason="not <given>"),
        ToldFact(key="tug_s", words="timed up and go", value=None, unit="s", unable=True),
        ToldFact(key="kvp", words="tube voltage", value=120.0, unit="kV", source="DICOM header"),
    )
    criteria = CriteriaAnswer(
        key="ewgsop2",
        words="EWGSOP2 2019",
        citation="Cruz-Jentoft 2019",
        doi="10.1/z",
        met="unknown",
        step="",
        grade=None,
        conclusion="not assessable: needs grip strength (not given)",
        steps=(("find", "needs SARC-F (not given)"),),
        needs=("grip strength (not given)",),
        notes=("CT does not confirm here",),
    )
    given = {
        "facts": facts,
        "criteria": (criteria,),
        "cutoffs": (
            cutoff("Martin 2013"),
            cutoff("Derstine 2018", limit=45.4, verdict="no", reason="48.23 is not < 45.4"),
            cutoff(
                "Prado 2008",
                operator="<=",
                limit=None,
                verdict="unknown",
                reason="not assessable: no verified number for BMI 26.1",
            ),
            strength("EWGSOP2"),
            strength("AWGS 2019"),
        ),
        "references": (reference(),),
        "flags": ("metal",),
        "notes": ("A note <for all>.",),
        **more,
    }
    return Assessment(**given)


def fake(role: str) -> Picture:
    image = Image.fromarray(np.full((30, 40, 3), 90, dtype=np.uint8))
    return Picture(name=role, title=f"title of {role}", caption=f"caption of {role}", image=image)


ROLES = ("composition L3", "composition L4", "quality L3", "quality montage", "sagittal")


@pytest.fixture(scope="module")
def whole(result):
    return replace(result, measurements=(*result.measurements, *composed()), assessed=judged())


@pytest.fixture(scope="module")
def pictures(result):
    return {**draw(result), **{role: fake(role) for role in ROLES}}


@pytest.fixture(scope="module")
def page(whole, pictures):
    return read(render(whole, pictures))


@pytest.fixture(scope="module")
def section(whole, pictures):
    return composition_section(whole, pictures)


def test_the_section_needs_nothing_else(whole, pictures, page) -> None:
    html = render(whole, pictures)
    assert not {"script", "link", "iframe", "object", "form", "a"} & set(page.tags)
    assert all(source.startswith("data:image/png;base64,") for source in page.sources)
    assert not re.search(r"url\(|@import|https?://| on[a-z]+=", html)


def test_every_text_from_outside_is_only_text(page) -> None:
    for hostile in ("<of the field>", "patients <here>", "not <given>", "A note <for all>."):
        assert hostile in page.text
    assert not {"of", "here", "given", "for"} & set(page.tags)


def test_the_numbers_of_l3_stand_with_unit_window_and_mean(section) -> None:
    tiles = {tile["words"]: tile for tile in section["tiles"]}
    muscle = tiles["skeletal muscle (all muscles of the slice)"]
    assert (muscle["text"], muscle["unit"], muscle["mean"]) == ("100", "cm\u00b2", "101")
    assert muscle["window"] == "\u221229 to 150 HU"
    assert tiles["visceral fat"]["window"] == "\u2212150 to \u221250 HU"
    assert tiles["skeletal muscle index (SMI)"]["text"] == "48.2"
    assert section["slices"] == "3"


def test_the_window_of_visceral_fat_is_named_as_it_was_measured(whole, pictures, page) -> None:
    assert "VAT) is counted from \u2212150 to \u221250 HU" in page.text
    wide = tuple(
        replace(m, window_hu=(-190, -30) if m.window_hu == (-150, -50) else m.window_hu)
        for m in whole.measurements
    )
    other = read(render(replace(whole, measurements=wide), pictures))
    assert "VAT) is counted from \u2212190 to \u221230 HU" in other.text


def test_doubts_stand_beside_values_in_words_and_never_as_codes(section, page) -> None:
    levels = {line["name"]: line for line in section["levels"]["rows"]}
    assert levels["L3"]["doubts"] == [("metal", 0)]
    assert section["levels"]["everywhere"] == [("contrast unknown", 0)]
    assert any("There is metal at L3" in note for note in section["levels"]["notes"])
    for code in ("contrast_unknown", "group_level_estimate", "muscle_wall"):
        assert code not in page.text
    assert "for groups only" in page.text


@pytest.mark.parametrize("code", CAVEAT)
def test_every_caveat_is_told_as_a_sentence_with_its_level(whole, code) -> None:
    rows = tuple(
        replace(m, caveats=(code,)) if (m.quantity, m.level) == ("area", "L3") else m
        for m in whole.measurements
    )
    levels = composition_section(replace(whole, measurements=rows), {})["levels"]
    (sentence,) = [
        n for n in levels["notes"] if n == readable(CAVEAT[code].told.format(where="L3"))
    ]
    assert "{where}" not in sentence
    main = next(line for line in levels["rows"] if line["main"])
    number = levels["notes"].index(sentence) + 1
    assert number in {*main["cells"][0]["notes"], *(note for _, note in main["doubts"])}


def test_a_doubt_of_all_values_of_all_levels_is_said_once(whole) -> None:
    rows = tuple(
        replace(m, caveats=("arms_down",)) if m.value is not None else m for m in whole.measurements
    )
    levels = composition_section(replace(whole, measurements=rows), {})["levels"]
    (everywhere,) = levels["everywhere"]
    assert everywhere[0] == "arms down"
    assert "at L2 and L3" in levels["notes"][everywhere[1] - 1]
    for line in levels["rows"]:
        assert line["doubts"] == []
        assert not any(everywhere[1] in cell["notes"] for cell in line["cells"])


def test_levels_without_a_number_are_named_with_the_reason(section, page) -> None:
    assert [line["name"] for line in section["levels"]["rows"]] == ["L2", "L3"]
    assert section["levels"]["missing"] == [("L4", NO_LEVEL)]
    assert f"L4: not measurable ({NO_LEVEL})" in page.text


def test_partial_values_are_marked_by_a_sign_and_a_reason(section, page) -> None:
    cell = section["levels"]["rows"][0]["cells"][0]
    assert cell["status"] == "partial"
    assert section["levels"]["notes"][cell["notes"][0] - 1] == "touches the edge <of the field>"
    assert "\u25d0 80.2" in page.text


def test_a_doubt_of_attenuation_alone_is_not_put_on_the_volume(section) -> None:
    muscle = section["volumes"]["rows"][0]
    assert muscle["doubts"] == ["contrast unknown (HU)"]
    assert muscle["notes"] == []
    assert muscle["hu_notes"] == [1]


def test_an_index_has_its_definition_and_unit_or_the_reason_why_not(whole, section) -> None:
    smi = section["indices"]["rows"][0]
    assert smi["words"] == "skeletal muscle index (SMI)"
    assert smi["definition"] == "SMA / height\u00b2, X"
    assert smi["unit"] == "cm\u00b2/m\u00b2"
    bare = replace(whole, measurements=composed(smi=None))
    missing = composition_section(bare, {})
    assert missing["indices"]["missing"] == [
        ("skeletal muscle index (SMI) (L3)", "needs the person's height")
    ]
    tile = next(t for t in missing["tiles"] if t["words"].endswith("(SMI)"))
    assert (tile["text"], tile["reason"], tile["noisy"]) == ("", "needs the person's height", False)


def test_what_contrast_medium_does_is_quoted_with_its_citation_beside_smi(page) -> None:
    """van der Werf 2018 compared scans without and with contrast, no repeats of one protocol."""
    beside = r"48\.2 cm\u00b2/m\u00b2 .{0,40}contrast medium alone .{0,20}about 2 cm\u00b2/m\u00b2"
    assert re.search(f"{beside}.{{0,120}}not been verified .{{0,10}}van der Werf", page.text)
    assert "same protocol" not in page.text
    settings = {row.setting for row in REPEATABILITY if "van der Werf" in row.source}
    assert all(setting.startswith("without and with contrast medium") for setting in settings)
    for repeated in REPEATABILITY:
        assert repeated.source in page.text


def test_repeatability_of_the_index_follows_from_that_of_the_area() -> None:
    """van der Werf 2018: SDD95 of the area 5.6 and 19.9 cm2, of attenuation 14.6 and 21.8 HU."""
    published = {"sma_same_kv": 5.6, "sma_other_kv": 19.9, "hu_same_kv": 14.6, "hu_other_kv": 21.8}
    for key, spread in published.items():
        assert REPEATABLE[key].spread == spread
    for voltage in ("same_kv", "other_kv"):
        area, index = REPEATABLE[f"sma_{voltage}"], REPEATABLE[f"smi_{voltage}"]
        assert index.spread == pytest.approx(area.spread / HEIGHT_M**2, abs=0.05)
        assert f"{area.spread} cm2" in index.derived


def test_each_picture_has_its_place_and_other_slices_are_left_to_files(page, section) -> None:
    for role in ("composition L3", "quality L3", "quality montage", "sagittal"):
        assert f"title of {role}" in page.text
    assert "composition L4" not in page.text
    assert section["pictures"]["composition_montage"] is None


def test_without_l3_the_first_slice_there_is_is_shown(whole) -> None:
    shown = composition_section(whole, {"composition L1": fake("composition L1")})["pictures"]
    assert shown["composition"]["title"] == "title of composition L1"
    assert shown["sagittal"] is None


def test_without_compartments_and_assessment_there_is_a_short_honest_text(result) -> None:
    text = read(render(result, draw(result))).text
    assert "Body composition could not be measured: it was not asked for" in text
    assert "Cut-offs side by side" not in text
    reason = "the labels give no compartments"
    rows = tuple(
        replace(m, value=None, status=Status.NOT_MEASURABLE, reason=reason) for m in composed()
    )
    text = read(render(replace(result, measurements=rows), draw(result))).text
    assert f"Body composition could not be measured: {reason}." in text
    assert "At the middle of L3" not in text


# beside published people


def test_cutoffs_with_a_value_stand_side_by_side_and_the_others_are_folded_by_reason() -> None:
    shown = assessed_section(judged())
    (block,) = shown["cutoffs"]
    assert block["words"] == "skeletal muscle index at L3"
    cells = [(r["value"], r["limit"], r["verdict_words"], r["reason"]) for r in block["rows"]]
    unit = "cm\u00b2/m\u00b2"
    assert cells == [
        (f"48.23 {unit}", f"< 53 {unit}", "\u25cf yes", ""),
        (f"48.23 {unit}", f"< 45.4 {unit}", "\u25cb no", ""),
        (f"48.23 {unit}", "none for this person", "\u2013 not applied",
         "no verified number for BMI 26.1"),
    ]  # fmt: skip
    (group,) = shown["folded"]
    assert (group["reason"], group["count"]) == ("needs grip strength", 2)


def test_the_page_names_population_source_and_reason_of_every_cutoff(page) -> None:
    for said in (
        "low CT muscle quantity by Martin 2013",
        "patients <here>",
        "doi 10.1/x",
        "no verified number for BMI 26.1",
        "2 more cut-offs are not applied",
        "low strength by AWGS 2019",
        "metal in or near the slice",
    ):
        assert said in page.text
    assert "details" in page.tags


def test_a_finding_of_ct_alone_is_never_called_sarcopenia(whole, pictures) -> None:
    """Every CT cut-off of the registry, held or not, in the words of the registry."""
    rows = tuple(
        cutoff(row.key, finding=row.words, citation=row.source.short)
        for row in CUTOFFS
        if row.topic.startswith("ct_")
    )
    assert len(rows) > 10
    alone = replace(whole, assessed=judged(cutoffs=rows, criteria=()))
    html = render(alone, pictures)
    text = read(html[html.index('<section class="composition">') :].split("</section>")[0]
                + "</section>").text  # fmt: skip
    assert "low CT muscle quantity by Martin 2013" in text
    assert "sarcopeni" not in text.lower()


def test_criteria_say_their_answer_in_words_and_what_they_need(page) -> None:
    assert "\u2013 not assessable" in page.text
    assert "needs: grip strength" in page.text
    assert "CT does not confirm here" in page.text
    assert "Cruz-Jentoft 2019" in page.text


def test_facts_have_their_source_and_unknown_ones_their_reason(page) -> None:
    shown = assessed_section(judged())
    facts = {fact["words"]: (fact["text"], fact["source"]) for fact in shown["facts"]}
    assert facts["sex"] == ("male", "given")
    assert facts["tube voltage"] == ("120 kV", "DICOM header")
    assert facts["timed up and go"][0] == "unable"
    assert shown["unknown_facts"] == [("weight", "not <given>")]
    assert "Not known: height, weight." in page.text


@pytest.mark.parametrize("age", [93.0, "90+"])
def test_an_old_age_is_shown_and_drawn_as_ninety_plus(age) -> None:
    old = ToldFact(key="age_years", words="age", value=age, unit="years", source="given")
    shown = assessed_section(judged(facts=(old,)))
    assert shown["facts"][0]["text"] == "90+ years"
    at_ninety = percentile_chart(reference(), 90.0)
    assert percentile_chart(reference(), age) == at_ninety


def test_without_age_and_sex_there_is_no_plot_and_the_page_says_what_is_missing(
    whole, pictures
) -> None:
    lost = reference(curve=(), z=None, percentile=None, reason="needs sex and age")
    nobody = replace(whole, assessed=judged(facts=(), references=(lost,)))
    page = read(render(nobody, pictures))
    assert "Not known: sex, age, height, weight." in page.text
    assert "Not on a curve: needs sex and age." in page.text
    assert assessed_section(nobody.assessed)["plots"] == []


def test_a_plot_is_of_one_reference_named_with_its_people(page) -> None:
    ((words, plots),) = assessed_section(judged())["plots"]
    assert words == "Muscle mass in the slab"
    assert len(plots) == 1
    assert plots[0]["name"] == "Vu 2024, table 3"
    assert plots[0]["about"] == "n 346; hospital patients; contrast: mixed"
    assert plots[0]["said"] == "z \u22121.6, percentile 5 (men, 51 to 60 years, n 39)"
    assert plots[0]["dashed"]
    assert "Dashed: fewer than ten people, unstable." in page.text


def test_the_dot_lies_where_its_age_and_value_are() -> None:
    chart = percentile_chart(reference(value=3385.0), 50.0)
    assert chart is not None
    small, large = chart.steps
    assert (small.unstable, large.unstable) == (True, False)
    assert large.x_from < chart.dot[0] < large.x_to
    assert chart.dot[1] == large.middle
    assert large.high < large.middle < large.low
    assert small.x_to == large.x_from  # 18 to 40 and 41 to 60 completed years meet at 41
    higher = percentile_chart(reference(value=4000.0), 55.0)
    assert higher.dot[1] < chart.dot[1]
    assert higher.dot[0] > chart.dot[0]


def test_the_axes_hold_curve_and_value_and_ticks_are_where_they_say() -> None:
    chart = percentile_chart(reference(value=6200.0), 25.0)
    values = [float(text.replace("\u202f", "")) for _, text in chart.y_ticks]
    ys = [y for y, _ in chart.y_ticks]
    assert values == sorted(values)
    assert ys == sorted(ys, reverse=True)
    assert values[0] <= 1900
    assert values[-1] >= 6200
    share = (6200 - values[0]) / (values[-1] - values[0])
    assert chart.dot[1] == pytest.approx(chart.bottom - share * (chart.bottom - chart.top), abs=0.1)
    assert 3 <= len(values) <= 8


def test_a_limit_alone_is_a_line_that_reaches_an_old_person() -> None:
    points = (
        CurvePoint(
            age_from=60, age_to=None, low=39.7, middle=None, high=None, n=None, unstable=False
        ),
    )
    found = reference(curve=points, value=35.0, statistic="p5", unit="cm2/m2")
    chart = percentile_chart(found, 88.0)
    (step,) = chart.steps
    assert (step.middle, step.high) == (None, None)
    assert step.x_from < chart.dot[0] < step.x_to
    assert chart.dot[1] > step.low  # below the limit is lower on the page
    assert chart.names == ((step.low, "5th"),)
    assert percentile_chart(found, None) is None


def test_units_and_limits_are_written_as_people_write_them() -> None:
    assert unit_words("g/m2") == "g/m\u00b2"
    assert unit_words("ratio") == ""
    assert readable("doi 10.1016/S1470-2045(10)70218-7") == "doi 10.1016/S1470-2045(10)70218-7"
    assert readable("kg/m2 >= 30, 300-307") == "kg/m\u00b2 \u2265 30, 300-307"
    assert number(0.708, "ratio") == "0.71"
    assert exact(0.0) == "0"
    assert exact(99.996) == "100"


def test_a_mean_of_fewer_slices_does_not_claim_all_of_them(whole, pictures) -> None:
    lost = "only 2 of 3 slices are in view"
    cut = {"status": Status.PARTIAL, "reason": lost}
    of_means = {"mean_area", "mean_index"}
    rows = tuple(replace(m, **cut) if m.quantity in of_means else m for m in whole.measurements)
    html = render(replace(whole, measurements=rows), pictures)
    tile = composition_section(replace(whole, measurements=rows), {})["tiles"][0]
    assert (tile["mean_reason"], tile["reason"]) == (lost, "")
    assert f"mean: {tile['mean']}, {lost}" in html
    assert f"mean of 3 slices: {tile['mean']}" not in html


def test_a_value_beside_its_limit_keeps_the_digits_that_the_answer_saw() -> None:
    near = cutoff("near", value=54.998, operator="<", limit=55.0, verdict="yes", shown="54.998")
    shown = assessed_section(judged(cutoffs=(near,)))
    assert shown["cutoffs"][0]["rows"][0]["value"].startswith("54.998")


def test_what_screens_need_is_not_put_beside_a_grade_that_is_reached() -> None:
    (row, *_) = judged().criteria
    needy = replace(row, met="yes", needs=("SARC-F (not given)",))
    assert assessed_section(judged(criteria=(needy,)))["criteria"][0]["needs"] == []
    open_ = replace(needy, met="unknown")
    assert assessed_section(judged(criteria=(open_,)))["criteria"][0]["needs"] == ["SARC-F"]


def test_a_cut_off_on_bounds_shows_them_and_not_unable() -> None:
    """SARC-F with answers missing: 4 points or more are positive, whatever the rest."""
    found = assess(
        instruments.read(record({"age_years": 70, "sarc_f_rise": 2, "sarc_f_stairs": 2}))
    )
    (block,) = [b for b in assessed_section(found)["cutoffs"] if b["words"] == "SARC-F"]
    assert block["value"] == "4 to 10 points"
    assert {row["value"] for row in block["rows"]} == {"4 to 10 points"}
    assert {row["verdict"] for row in block["rows"]} == {"yes"}


def test_what_is_not_known_for_one_reason_is_said_together() -> None:
    facts = tuple(
        ToldFact(key=key, words=key, value=None, unit="", reason=reason)
        for key, reason in (("t8_sma_cm2", "not looked for"), ("weight_kg", "not given"),
                            ("t10_sma_cm2", "not looked for"))
    )  # fmt: skip
    section = assessed_section(Assessment(facts=facts, criteria=(), cutoffs=(), references=()))
    assert section["unknown_facts"] == [
        ("t8_sma_cm2, t10_sma_cm2", "not looked for"),
        ("weight_kg", "not given"),
    ]
