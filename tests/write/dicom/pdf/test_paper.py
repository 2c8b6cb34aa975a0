"""What the report on paper says: the answers on one page, then the details."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from pypdf import PdfReader

from myotome.nouns.numbers.assessment import ToldFact
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.result import StudyResult
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT
from myotome.write.dicom.pdf.paper import paper
from myotome.write.report.page import context
from myotome.write.results import draw

FATS = ("visceral_fat", "subcutaneous_fat", "intermuscular_fat")


def test_the_first_page_has_the_answers(
    reader: PdfReader, composed: StudyResult, words_of, plain
) -> None:
    words, told = words_of(reader, 0), context(composed, {"hero": draw(composed)["hero"]})
    head = told["headline"]
    assert "12 abdominal muscles, lung base to L5" in words
    assert told["extent"]["height"] in words
    for text in (f"{head['text']} {head['unit']}", "132 cm²", "211 cm²", "43.2 cm²/m²"):
        assert plain(text) in words
    assert "All of these" not in words  # fat between the muscles is not measured, so has no doubt
    assert "level uncertain" in words
    assert RESEARCH_USE_TEXT in words
    assert told["person_line"] in words
    for flag in told["flags"]:
        assert plain(f"{flag['severity']}: {flag['message']}") in words
    assert len(reader.pages[0].images) >= 1


def test_a_doubt_of_all_answers_is_said_once(result: StudyResult, pictures, read, words_of) -> None:
    places = [("area", structure, "cm2") for structure in ("skeletal_muscle", *FATS)]
    places += [("index", "skeletal_muscle_index", "cm2/m2"), ("mean_hu", "skeletal_muscle", "HU")]
    rows = [
        Measurement(
            quantity=quantity,
            structure=structure,
            side="both",
            level="L3",
            value=40.0 + n,
            unit=unit,
            status=Status.MEASURED,
            caveats=("level_uncertain", *(("contrast_enhanced",) if unit == "HU" else ())),
        )
        for n, (quantity, structure, unit) in enumerate(places)
    ]
    own = tuple(
        m for m in result.measurements if m.structure not in {row.structure for row in rows}
    )
    words = words_of(read(replace(result, measurements=(*own, *rows)), pictures), 0)
    answers = words.partition("At the middle of L3")[2].partition("12 abdominal muscles")[0]
    assert answers.count("level uncertain") == 1
    assert "All of these: level uncertain." in answers
    assert "mean muscle attenuation contrast enhanced 45.0 HU" in answers
    for short, value in zip(("SMA", "VAT", "SAT", "IMAT"), (40, 41, 42, 43), strict=True):
        assert f"({short}) {value}.0 cm²" in answers


def test_pictures_fit_between_the_margins(composed: StudyResult, pictures) -> None:
    long = {role: replace(p, image=p.image.resize((2000, 100))) for role, p in pictures.items()}
    for drawn in (pictures, long):
        for row in paper(composed, drawn).data["pictures"].values():
            assert len({picture["height_mm"] for picture in row}) <= 1
            assert sum(picture["width_mm"] for picture in row) <= 210 - 2 * 13


def test_names_in_doubt_bring_the_neighbours_onto_the_first_page(
    result: StudyResult, pictures, read, words_of
) -> None:
    rows = tuple(
        Measurement(
            quantity="area",
            structure="skeletal_muscle",
            side="both",
            level=level,
            value=value,
            unit="cm2",
            status=Status.MEASURED,
        )
        for level, value in (("L2", 131.0), ("L3", 125.0), ("L4", 120.0))
    )
    own = tuple(m for m in result.measurements if m.structure != "skeletal_muscle")
    told = replace(result, measurements=(*own, *rows), flags=())
    doubt = raised(FLAG["level_count_unanchored"], "count them")
    sentence = "skeletal muscle at the true L3: 120 cm\u00b2"
    for flags, first in (((), False), ((doubt,), True)):
        pages = read(replace(told, flags=flags), pictures)
        assert (sentence in words_of(pages, 0)) is first
        assert "skeletal muscle at the true L3" in words_of(pages, 1)


def test_the_first_page_names_what_is_met(composed: StudyResult, pictures, read, words_of) -> None:
    assert composed.assessed is not None
    (criteria,) = composed.assessed.criteria
    met = replace(criteria, key="d", words="Criteria 2021", met="yes", conclusion="low by 2021")
    assessed = replace(composed.assessed, criteria=(criteria, met))
    words = words_of(read(replace(composed, assessed=assessed), pictures), 0)
    assert "● met Criteria 2021 low by 2021" in words
    assert "Not assessable with what is known: Criteria 2019." in words
    assert "1 of 2 published cut-offs that could be applied hold." in words


def test_nothing_is_judged_where_nobody_asked(
    result: StudyResult, pictures, read, words_of
) -> None:
    assert result.assessed is None
    words = words_of(read(result, pictures))
    assert "Published criteria" not in words
    assert "Criteria sets" not in words


def test_what_is_not_known_of_the_person_is_said(
    composed: StudyResult, pictures, read, words_of
) -> None:
    assert "Not known: sex, age, height, weight." in words_of(read(composed, pictures), 0)
    assert composed.assessed is not None
    sex = ToldFact(key="sex", words="sex", value="F", unit="")
    known = replace(composed, assessed=replace(composed.assessed, facts=(sex,)))
    assert "Not known: age, height, weight." in words_of(read(known, pictures), 0)


def test_the_details_have_the_numbers_of_the_report(
    reader: PdfReader, composed, words_of, plain
) -> None:
    told = context(composed, {"hero": draw(composed)["hero"]})
    words = words_of(reader, *range(1, len(reader.pages)))
    for block in told["muscles"].blocks:
        assert block.words in words
        assert block.rows[-1].missing or plain(block.rows[-1].cells[1].text) in words


def test_the_cutoffs_that_were_applied_are_listed(reader: PdfReader, words_of) -> None:
    words = words_of(reader)
    assert "by Aa 2001" in words
    assert "by Bb 2002" in words
    assert "doi 10.1/Bb" in words
    assert "by Cc 2003" not in words
    assert "1 more cut-offs were not applied" in words
    assert "not assessable" in words


def test_digests_are_shortened(composed: StudyResult, pictures, read, words_of) -> None:
    digest = "0123456789abcdef" * 4
    origin = replace(composed.provenance, input_sha256=digest, weights={"muscles": digest})
    words = words_of(read(replace(composed, provenance=origin), pictures))
    assert words.count(digest[:16]) == 2
    assert digest[:17] not in words


def test_a_scan_without_anything(empty_result: StudyResult, read, words_of) -> None:
    words = words_of(read(empty_result, draw(empty_result)), 0)
    assert "gross mass not measurable" in words
    assert "Body composition could not be measured" in words
    assert "No quality flag was raised" in words


# more than fits --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 30, 200])
def test_flags_that_do_not_fit_go_on_over_the_page(
    composed, pictures, count: int, read, words_of, flagged
) -> None:
    messages = [f"remark number {n}: {'look at the pictures ' * 6}" for n in range(count)]
    shown = read(flagged(composed, *messages), pictures)
    first, words = words_of(shown, 0), words_of(shown)
    for message in messages:
        assert words.count(message.partition(":")[0] + ":") == 1
    left = re.search(r"and (\d+) more on the next page", first)
    assert (left is None) == (count == 1)
    if left is not None:
        assert 0 < int(left[1]) == count - first.count("remark number")
    assert "What to know before using these numbers" in first


def test_a_flag_longer_than_the_page_is_kept(composed, pictures, read, words_of, flagged) -> None:
    shown = read(flagged(composed, "word " * 3000), pictures)
    assert words_of(shown).count("word") == 3000
    assert "1 more on the next page" in words_of(shown, 0)


def test_a_word_longer_than_the_page_is_broken(composed, pictures, read, words_of, flagged) -> None:
    shown = read(flagged(composed, "W" * 400), pictures)
    assert words_of(shown).replace(" ", "").count("W" * 400) == 1
    assert max(map(len, re.findall("W+", shown.pages[0].extract_text()))) < 120
