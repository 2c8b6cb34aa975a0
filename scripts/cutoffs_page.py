"""Write docs/cutoffs.md from the tables, so that the page and the program cannot disagree.

Usage: python scripts/cutoffs_page.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from myotome.assess.rules.in_words import numbers_words, phase_words, term_words, window_words
from myotome.tables.citable.ages import ADULT_FROM_YEARS, AGES
from myotome.tables.citable.citations import CITATION
from myotome.tables.citable.criteria import CRITERIA, CriteriaSet
from myotome.tables.citable.cutoff import CERTAINTIES, CutOff
from myotome.tables.citable.cutoffs import CUTOFFS, LEFT_OUT, TECHNIQUE, TOPICS
from myotome.tables.citable.references import MASS
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT, RESEARCH_USE_TITLE
from myotome.tables.person.conditions import CONDITIONS
from myotome.tables.person.fact_flags import FACT_FLAGS
from myotome.tables.person.facts import CT_PREFIXES, FACT, FACT_KEYS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cutoffs.md"

INTRO = f"""\
# Cut-offs and criteria

<!-- Written by scripts/cutoffs_page.py from src/myotome/tables. Change the tables instead. -->

**{RESEARCH_USE_TITLE}** {RESEARCH_USE_TEXT}

Every number below is one row of a table in `src/myotome/tables`, with its publication, its
population and its own operator. Published cut-offs disagree, because they answer different
questions, so Myotome shows all that apply side by side and prefers none. The answer is yes, no or
*not assessable*, with what is missing or why the cut-off may not be applied. Something missing is
never read as normal. What rests on CT alone is worded "low CT muscle quantity by" its citation and
is no diagnosis.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_cutoffs(), *_criteria(), *_applicability(), *_left_out()]) + "\n"


def _cutoffs() -> Iterator[str]:
    for topic, words in TOPICS.items():
        yield f"## {words}\n"
        ct = topic.startswith("ct_")
        head = ["key", "quantity", "cut-off", "population and derivation"]
        head += ["contrast phase", "HU window"] if ct else []
        head += ["source", "number read in", "notes"]
        yield _line(head)
        yield _line(["---"] * len(head))
        yield from (_line(_cells(row, ct=ct)) for row in CUTOFFS if row.topic == topic)
        yield ""
    yield "Numbers were read in:\n"
    yield from (f"- {key}: {words}" for key, words in CERTAINTIES.items())
    yield ""


def _cells(row: CutOff, *, ct: bool) -> list[str]:
    people = row.population if row.n is None else f"{row.population} (n={row.n})"
    corrected = f"corrected by {row.source.corrected_by}" if row.source.corrected_by else ""
    course = "" if row.course_m is None else f"{row.course_m:g}-m course"
    notes = (row.definition, course, row.known_errors)
    return [
        f"`{row.key}`",
        FACT[row.fact].words,
        numbers_words(row),
        _joined(people, row.derivation),
        *([phase_words(row), window_words(row)] if ct else []),
        _joined(_linked(row.source.short, row.source.url), corrected),
        f"{row.certainty}: {row.read_in}",
        _joined(*notes),
    ]


def _criteria() -> Iterator[str]:
    yield "# Criteria sets\n"
    yield (
        "Steps are listed from the screen up; the highest one that holds is the conclusion. A "
        "screen is told, but never keeps the other steps from being assessed.\n"
    )
    for row in CRITERIA:
        yield from _criteria_set(row)


def _criteria_set(row: CriteriaSet) -> Iterator[str]:
    yield f"## {row.words}\n"
    yield f"`{row.key}`, {_linked(row.source.words, row.source.url)}\n"
    yield from (f"- *{step.words}*: {term_words(step.term)}" for step in row.steps)
    yield ""
    if row.notes:
        yield from (f"- {note}" for note in row.notes)
        yield ""


def _applicability() -> Iterator[str]:
    (kv_low, kv_high), (mm_low, mm_high) = TECHNIQUE.kvp_range, TECHNIQUE.slice_range_mm
    yield "# When a cut-off is refused or weakened\n"
    yield (
        f"- Without an age, below {ADULT_FROM_YEARS} years, and without a sex where the number "
        "depends on it: refused. An unknown age is not an adult's."
    )
    yield from (f"- {CITATION[row.key].short}: {row.words} ({row.source})." for row in AGES)
    yield "- Another region than the citation's, or none given: a caveat."
    yield "- Age, BMI or method without a number of that citation: refused."
    yield "- Attenuation in another contrast phase than the cut-off's, or an unknown one: refused."
    yield (
        f"- Attenuation outside {kv_low:g}-{kv_high:g} kV or at an unknown voltage: refused; "
        f"areas: a caveat ({TECHNIQUE.kvp_source})."
    )
    yield (
        "- Counted in another HU window than the cut-off's, or, where its own was not read, than "
        "the usual one: refused; a window that was not read: a caveat."
    )
    yield f"- Slices outside {mm_low:g}-{mm_high:g} mm: a caveat ({TECHNIQUE.slice_source})."
    for row in (*FACT_FLAGS, *CONDITIONS):
        forbids = f"forbids {_keys(row.forbids)}" if row.forbids else ""
        weakens = f"weakens {_keys(row.weakens)}" if row.weakens else ""
        yield f"- `{row.key}`, {row.words}: {_joined(forbids, weakens)}."
    yield ""


def _left_out() -> Iterator[str]:
    yield "# Left out\n"
    yield "In use elsewhere, but not here until somebody has read the numbers in print:\n"
    yield from (f"- {row.words}: {row.reason}." for row in LEFT_OUT)


def _keys(prefixes: tuple[str, ...]) -> str:
    levels = {prefix: f"everything at {prefix.strip('_').upper()}" for prefix in CT_PREFIXES}
    names = levels | {"umbilical_": "everything at the umbilicus", MASS: "masses"}
    found = (
        (names[prefix],)
        if prefix in names
        else tuple(fact.words for fact in FACT_KEYS if fact.key.startswith(prefix))
        for prefix in prefixes
    )
    return ", ".join(dict.fromkeys(words for several in found for words in several))


def _linked(words: str, url: str) -> str:
    return f"[{words}]({url})" if url else words


def _joined(*words: str) -> str:
    return "; ".join(word for word in words if word)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page whole or not at all."""
    part = PAGE.with_suffix(".md.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)
    print(PAGE.name)


if __name__ == "__main__":
    main()
