"""A result with something of everything, and its report on paper as a reader sees it."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from pypdf import PdfReader

from myotome.nouns.numbers.assessment import Assessment, CriteriaAnswer, CutOffAnswer
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.result import StudyResult
from myotome.write.dicom.pdf.pdf import render_pdf
from myotome.write.pictures.canvas import Picture
from myotome.write.results import draw


@pytest.fixture(scope="package")
def pictures(result: StudyResult) -> dict[str, Picture]:
    return draw(result)


@pytest.fixture(scope="package")
def composed(result: StudyResult) -> StudyResult:
    """With body composition at L3, an index, and answers of two citations."""
    rows = [
        Measurement(
            quantity=quantity,
            structure=structure,
            side="both",
            level="L3",
            value=value,
            unit=unit,
            status=Status.MEASURED,
            caveats=("level_uncertain",),
        )
        for quantity, structure, value, unit in (
            ("area", "skeletal_muscle", 132.4, "cm2"),
            ("area", "visceral_fat", 211.0, "cm2"),
            ("index", "skeletal_muscle_index", 43.2, "cm2/m2"),
        )
    ]
    cutoffs = tuple(_cutoff(key, verdict) for key, verdict in _VERDICTS.items())
    criteria = CriteriaAnswer(
        key="c",
        words="Criteria 2019",
        met="unknown",
        step="",
        grade=None,
        conclusion="not assessable: needs grip strength",
        citation="A et al.",
        doi="10.1/c",
    )
    assessed = Assessment(facts=(), criteria=(criteria,), cutoffs=cutoffs, references=())
    return replace(result, measurements=(*result.measurements, *rows), assessed=assessed)


_VERDICTS = {"Aa 2001": "yes", "Bb 2002": "no", "Cc 2003": "unknown"}


def _cutoff(author: str, verdict: str) -> CutOffAnswer:
    return CutOffAnswer(
        key=author,
        topic="ct_muscle",
        topic_words="muscle on CT",
        finding=f"low CT muscle quantity by {author}",
        fact="smi",
        fact_words="skeletal muscle index",
        value=43.2,
        unit="cm2/m2",
        limit=50.0,
        operator="<",
        verdict=verdict,
        reason="not assessable: contrast unknown" if verdict == "unknown" else "",
        caveats=("the level of the slice is uncertain",),
        population="adults",
        citation=f"{author}, a journal",
        doi=f"10.1/{author[:2]}",
    )


@pytest.fixture(scope="package")
def reader(composed: StudyResult, pictures) -> PdfReader:
    return _read(composed, pictures)


@pytest.fixture(scope="package")
def read() -> Callable[..., PdfReader]:
    """The report on paper of a result and its pictures."""
    return _read


@pytest.fixture(scope="package")
def plain() -> Callable[[str], str]:
    """Words without their line breaks."""
    return _plain


@pytest.fixture(scope="package")
def words_of() -> Callable[..., str]:
    """What some pages print, or all of them."""
    return _words


@pytest.fixture(scope="package")
def flagged() -> Callable[..., StudyResult]:
    """A result with these warnings alone."""
    return _flagged


def _read(result: StudyResult, pictures: dict[str, Picture]) -> PdfReader:
    return PdfReader(io.BytesIO(render_pdf(result, pictures)))


def _words(reader: PdfReader, *pages: int) -> str:
    shown = [reader.pages[n] for n in pages] if pages else reader.pages
    return _plain("\n".join(page.extract_text() for page in shown))


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words.replace("\u200b", ""))


def _flagged(result: StudyResult, *messages: str) -> StudyResult:
    flags = (
        Flag(code="x", severity=Severity.WARNING, stage="read", message=words) for words in messages
    )
    return replace(result, flags=tuple(flags))
