"""Words of CT headers and what they mean: kind of image, body region, contrast, procedure.

Header texts are matched against these rows and only the meaning is kept, so that free text
never has to leave the reader. All rows are habits of departments, assumed, not a standard.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from myotome.tables.registry import unique


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A regular expression (case ignored) that tells ``meaning`` of a header text."""

    meaning: str
    pattern: str


def meaning(rows: Sequence[Word], words: str) -> str:
    """The meaning of the first row whose pattern occurs in ``words``, else "".

    >>> meaning(REGIONS, "CT Abdomen nativ"), meaning(CONTRAST_WORDS, "CT Abdomen nativ")
    ('abdomen', 'unenhanced')
    """
    found = (row.meaning for row in rows if re.search(row.pattern, words, re.IGNORECASE))
    return next(found, "")


_END = r"(?![a-z])"
_START = r"(?<![a-z])"

KINDS: tuple[Word, ...] = (
    Word(meaning="localizer", pattern=r"LOCALI[SZ]ER|SCOUT|TOPOGRAM|SURVIEW|SCANOGRAM"),
    Word(meaning="dose_report", pattern=r"DOSE.?(INFO|REPORT)|PATIENT.PROTOCOL|DOSE.?RECORD"),
    Word(meaning="secondary_capture", pattern=r"SCREEN.?(SAVE|SHOT)|PASTED|SECONDARY CAPTURE"),
    Word(meaning="projection", pattern=r"\bM(IN)?IP\b|PROJECTION|VOLREN|\bVRT\b|RENDER"),
    Word(meaning="mpr", pattern=r"\bMPR\b|REFORMAT|\bCURVED\b"),
    Word(meaning="derived_map", pattern=r"IODINE|Z.?EFF|EFFECTIVE.Z|OVERLAY|PERFUSION|\bRHO\b"),
)
KIND_WORDS = {
    "localizer": "localizer",
    "dose_report": "dose report",
    "secondary_capture": "secondary capture",
    "projection": "projection or rendering",
    "mpr": "reformat (MPR)",
    "derived_map": "derived map",
}

REGIONS: tuple[Word, ...] = (
    Word(meaning="trunk", pattern=r"whole.?body|ganzk|\bcap\b|\btap\b|thorax.?abd|chest.?abd"),
    Word(meaning="abdomen", pattern=r"abd|pelvis|becken|bauch|colono|kidney|renal|liver|hepat"),
    Word(meaning="abdomen", pattern=r"lumbar|l.?spine|lws|urogr|kub|pancrea"),
    Word(meaning="chest", pattern=r"chest|thora|lung|heart|cardiac|coronar"),
    Word(meaning="head", pattern=r"head|brain|skull|cranio|sinus|orbit|schaedel|kopf|dental"),
    Word(meaning="head", pattern=r"temporal.?bone|neck|hals|c.?spine|cervical|mandib|facial"),
    Word(
        meaning="limb", pattern=r"knee|\bfoot\b|ankle|wrist|\bhand\b|elbow|shoulder|extremit|femur"
    ),
)

CONTRAST_WORDS: tuple[Word, ...] = (
    Word(
        meaning="unenhanced",
        pattern=r"non.?contrast|without|unenhanced|w/?o\b|\bnative\b|\bnativ\b|\bplain\b|ohne"
        rf"|no.?contrast|pre.?contrast|{_START}ncct{_END}|{_START}nc{_END}|{_START}o\.?k\.?m",
    ),
    Word(
        meaning="enhanced",
        pattern=rf"portal|venous|ven[oö]s|arteri|{_START}pv{_END}|{_START}art{_END}|nephrogr"
        rf"|excret|delayed|post.?contrast|with contrast|{_START}c\+|\+c{_END}|enhanced"
        rf"|{_START}ce{_END}|{_START}cect{_END}|angio|{_START}cta{_END}|{_START}m\.?k\.?m",
    ),
)
NO_AGENT = r"|none|no|nil|n/?a|0|without|unenhanced|non.?contrast|oral.*|po|rectal.*"
"""Texts in Contrast/Bolus Agent that mean no intravenous contrast (the empty text included)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """A numeric procedure (CPT) code, its contrast and our own short words for it."""

    code: str
    contrast: str
    words: str


PROCEDURES: tuple[Procedure, ...] = (
    Procedure(code="74150", contrast="unenhanced", words="abdomen, no contrast"),
    Procedure(code="74160", contrast="enhanced", words="abdomen, contrast"),
    Procedure(code="74170", contrast="unknown", words="abdomen, before and after contrast"),
    Procedure(code="74176", contrast="unenhanced", words="abdomen and pelvis, no contrast"),
    Procedure(code="74177", contrast="enhanced", words="abdomen and pelvis, contrast"),
    Procedure(code="74178", contrast="unknown", words="abdomen and pelvis, before and after"),
)
PROCEDURE_BY_CODE = unique("procedure", ((p.code, p) for p in PROCEDURES))
