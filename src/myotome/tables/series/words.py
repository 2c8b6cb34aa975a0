"""Words of CT headers and what they mean: body region, contrast, procedure.

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
        pattern=r"non.?contrast|without|unenhanced|non.?enhanced|w/?o\b|\bnative\b|\bnativ\b"
        r"|\bplain\b|ohne"
        rf"|no.?contrast|pre.?contrast|{_START}ncct{_END}|{_START}nc{_END}|{_START}o\.?k\.?m",
    ),
    Word(
        meaning="enhanced",
        pattern=rf"portal|venous|ven(ö|oe?)s|arteri|{_START}pv{_END}|{_START}art{_END}|nephrogr"
        rf"|excret|delayed|post.?contrast|with.contrast|{_START}c\+|\+c{_END}"
        rf"|(?<!un)(?<!non.)(?<!non)enhanced|{_START}w/?.?(iv.?)?con{_END}|{_START}w/?.?(iv.?)?contr"
        rf"|{_START}ce{_END}|{_START}cect{_END}|angio|{_START}cta{_END}|{_START}m\.?k\.?m",
    ),
)
BOTH = (
    rf"without.{{0,5}}with{_END}|with.{{0,5}}without|{_START}w.{{0,4}}w/?o{_END}"
    rf"|{_START}w/?o.{{0,5}}w{_END}|{_START}wwo{_END}|mit.{{0,5}}ohne|ohne.{{0,5}}mit"
    rf"|pre.{{0,5}}post|post.{{0,5}}pre{_END}|{_START}post.{{0,3}}nativ|nativ\w*.{{0,5}}(post|k\.?m)"
)
"""Words of studies before and after contrast medium, as the combined procedure codes have them."""


def contrast_said(words: str) -> str:
    """Tell "enhanced" or "unenhanced" by one text; "" if it says neither, or both.

    >>> contrast_said("CT ABD W/O"), contrast_said("CT ABD W WO CONTRAST")
    ('unenhanced', '')
    """
    said = [row.meaning for row in CONTRAST_WORDS if re.search(row.pattern, words, re.IGNORECASE)]
    if len(said) != 1 or re.search(BOTH, words, re.IGNORECASE):
        return ""
    return said[0]


_NO_AGENT = (
    r"|none|no|nil|n/?a|0|without|unenhanced|non.?contrast|nicht.*|keine?s?|sans"
    rf"|.*{_START}(oral|per.?os|p\.?o\.?|by.mouth|rectal|enema){_END}.*"
)
"""Texts in Contrast/Bolus Agent that mean no intravenous contrast (the empty text included)."""
_NOT_INTRAVENOUS = (
    rf"gastro.?(grafin|graphin|view|vist|lux)|barium|bari(um)?.?sulf|readi.?cat|{_START}e.?z.?(cat|hd)"
    rf"|telebrix.?gastro|peritrast|volumen|breeza|tagitol|mannit|methylcell|{_START}milk|{_START}milch"
    rf"|{_START}(water|wasser|aqua|eau|h2o){_END}|{_START}na.?cl|saline|kochsalz|physio.?log"
    rf"|{_START}air{_END}|{_START}co2{_END}|buscopan"
)
"""What is drunk, filled in or only pushes the contrast medium, whatever its route (assumed)."""


def is_intravenous(agent: str) -> bool:
    """Whether a text in Contrast/Bolus Agent names something that enhances the image.

    >>> is_intravenous("Iomeron 400 + NaCl"), is_intravenous("Omnipaque oral")
    (True, False)
    """
    parts = re.split(r"[+&;,|]|/(?!a)|\band\b|\bund\b", agent, flags=re.IGNORECASE)
    return any(_enhances(part.strip()) for part in parts)


def _enhances(agent: str) -> bool:
    if re.fullmatch(_NO_AGENT, agent, re.IGNORECASE):
        return False
    return not re.search(_NOT_INTRAVENOUS, agent, re.IGNORECASE)


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
