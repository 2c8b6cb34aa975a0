"""The contact sheet and the group page, as files that need nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.cohort.page import pages, rendered, write_rows
from myotome.cohort.review.standing import Standing
from myotome.cohort.review.state import Reviewed, results_of, reviewed
from myotome.cohort.review.strips import LEAST_BOXED, LEFT, WIDE, strips
from myotome.cohort.review.thumbs import ROLES, Role, Thumb, thumb
from myotome.tables.cohort.standing import FAR_Z, LEAST_OF_SEX, LEAST_STUDIES, SCORED, SIGNS
from myotome.tables.cohort.verdicts import VERDICTS
from myotome.write.report.cells import unit_words

PER_PAGE = 25
GROUP = "group.html"
_TABLE = "standing.csv"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where a page finds what it shows. ``picture`` gives (address, size, words) or None.

    ``report`` and ``whole`` (a picture at full size) give "" where there is none. ``page`` is the
    address of a page by its number, ``left`` that of what this reviewer has not judged.
    """

    report: Callable[[str], str]
    picture: Callable[[str, Role], Json | None]
    whole: Callable[[str, str], str]
    page: Callable[[int], str]
    group: str
    left: str = ""


def write_review(folder: str | Path, out: Path, *, overwrite: bool = False) -> Json:
    """Write sheet, group page and the table of standings into ``out``; says how many of what.

    The pages show pictures of the results folders inside the cohort, and lead there by relative
    paths. Refuses what is no cohort (InputError), and a folder of other things (OutputError).
    """
    found = reviewed(folder)
    links = _of_files(found, out.resolve())
    with pages(out, overwrite=overwrite) as made:
        last = pages_of(found)
        for number in range(1, last + 1):
            text = sheet_page(found, links, number)
            (made / _page_name(number)).write_text(text, encoding="utf-8")
        (made / GROUP).write_text(group_page(found, links), encoding="utf-8")
        _write_table(found, made / _TABLE)
    return {"out": str(out), "pages": last, "studies": found.counts, "excluded": found.excluded}


def pages_of(found: Reviewed) -> int:
    """How many pages the sheet has; one at least."""
    return max(1, -(-len(found.standings) // PER_PAGE))


def sheet_page(found: Reviewed, links: Links, number: int, **served: Any) -> str:
    """One page of the sheet, the most conspicuous studies on the first.

    Page 0 holds the first ones that this reviewer has not judged yet, whichever these are by now.
    """
    last = pages_of(found)
    unjudged = [one for one in found.standings if found.decision(one.study).accepted is None]
    first = max(0, number - 1) * PER_PAGE
    shown_here = (found.standings if number else unjudged)[first : first + PER_PAGE]
    near = [n for n in range(1, last + 1) if n in (1, last) or abs(n - number) <= 3]
    return rendered(
        "sheet.html.j2",
        number=number,
        last=last,
        nav=[(n, links.page(n)) for n in near],
        group=links.group,
        left=(links.left, len(unjudged)),
        counts=found.counts,
        excluded=found.excluded,
        rows=[_row(found, links, one) for one in shown_here],
        failures=found.failures if number == last else (),
        signs=list(SIGNS.values()),
        least=(LEAST_STUDIES, LEAST_OF_SEX, FAR_Z),
        verdicts=list(VERDICTS.values()),
        served=served or None,
    )


def group_page(found: Reviewed, links: Links, *, served: bool = False) -> str:
    """A strip of dots for each number; a click on a study opens its report."""
    return rendered(
        "group.html.j2",
        strips=strips(found, links.report),
        served=served,
        sheet=links.page(1),
        counts=found.counts,
        wide=WIDE,
        left=LEFT,
        least=LEAST_BOXED,
        far_z=FAR_Z,
    )


def _row(found: Reviewed, links: Links, one: Standing) -> Json:
    decision = found.decision(one.study)
    facts = one.facts
    pictures = [(links.picture(one.study, role), role) for role in ROLES]
    return {
        "study": one.study,
        "attempt": facts.attempt,
        "rank": one.rank,
        "points": one.points,
        "person": _person(one),
        "report": links.report(one.study),
        "pictures": [
            {**told, "whole": links.whole(one.study, told["file"])}
            for told, _ in pictures
            if told is not None
        ],
        "lacking": [role.words for told, role in pictures if told is None],
        "reasons": [(SIGNS[reason.sign], reason.words) for reason in one.reasons],
        "numbers": _numbers(one),
        "state": state_words(decision.accepted),
        "why": decision.excluded_why,
        "said": sorted(decision.verdicts.items()),
        "comments": decision.comments,
        "stale": decision.stale,
    }


def _person(one: Standing) -> str:
    age = one.facts.age_years
    sex = {"F": "woman", "M": "man"}.get(one.facts.sex, "sex unknown")
    old = "" if age is None else ", 90+" if age >= 90 else f", {age:.0f} years"
    return f"{sex}{old}"


def state_words(accepted: bool | None) -> str:
    """What became of a study, for people."""
    return {True: "accepted", False: "left out", None: "not reviewed"}[accepted]


def _numbers(one: Standing) -> list[Json]:
    return [
        {
            "words": row.words,
            "text": f"{one.values[key]:.4g} {unit_words(row.unit)}".strip(),
            "z": f"{one.z[key]:+.1f}" if key in one.z else "",
            "far": row.far and abs(one.z.get(key, 0.0)) >= FAR_Z,
        }
        for key, row in SCORED.items()
        if key in one.values
    ]


def _of_files(found: Reviewed, out: Path) -> Links:
    """Links of pages that lie in ``out``: relative paths into the cohort, pictures inside."""

    def inside(study: str, name: str) -> str:
        folder = results_of(found.layout, study)
        if folder is None or not (folder / name).is_file():
            return ""
        return os.path.relpath(folder.resolve() / name, out).replace(os.sep, "/")

    def picture(study: str, role: Role) -> Json | None:
        made = thumb(found.layout, study, role)
        return None if made is None else shown_thumb(made, made.uri)

    return Links(
        report=lambda study: inside(study, "report.html"),
        picture=picture,
        whole=inside,
        page=_page_name,
        group=GROUP,
    )


def shown_thumb(made: Thumb, uri: str) -> Json:
    """What the sheet prints of a small picture."""
    return {"uri": uri, "size": made.size, "words": made.words, "file": made.file}


def _page_name(number: int) -> str:
    return "index.html" if number == 1 else f"page-{number:04}.html"


def _write_table(found: Reviewed, path: Path) -> None:
    """The standings as CSV: a row per study, values and z of every scored number."""
    numbers = [name for key in SCORED for name in (key, f"{key}_z")]
    head = ("rank", "study", "points", "accepted", "excluded_why", "reasons", *numbers)
    write_rows(head, (_cells(found, one) for one in found.standings), path)


def _cells(found: Reviewed, one: Standing) -> Sequence[str]:
    decision = found.decision(one.study)
    accepted = {True: "true", False: "false", None: ""}[decision.accepted]
    reasons = " | ".join(reason.words for reason in one.reasons)
    numbers = [
        "" if key not in told else f"{told[key]:.6g}"
        for key in SCORED
        for told in (one.values, one.z)
    ]
    first = (str(one.rank), one.study, f"{one.points:g}", accepted, decision.excluded_why, reasons)
    return (*first, *numbers)
