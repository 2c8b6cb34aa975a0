"""A table of persons judged, one after the other: an answer for every row, or why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from myotome.assess.assessment import assess
from myotome.assess.own.curves import OwnReference
from myotome.assess.person.instruments import read
from myotome.assess.person.table import Joined, PersonRow
from myotome.errors import InputError
from myotome.nouns.numbers.assessment import ASSESSED, NO_PERSON, REFUSED, PersonAnswer

_NOBODY = "this study has no person in the table"


def judge_persons(
    joined: Joined, *, studies: bool = False, own: Sequence[OwnReference] = ()
) -> Iterator[PersonAnswer]:
    """Every row in its order, then the studies of nobody; a refused row stops no other.

    ``studies`` says that a table of studies was joined, so that its absence is a finding;
    ``own`` are references of the user's.
    """
    alone = frozenset(joined.without_study)
    for person in joined.persons.rows:
        study = ("none" if person.row in alone else "joined") if studies else ""
        yield _answer(person, study, own)
    for scan in joined.without_person:
        yield PersonAnswer(
            id=scan.id, row=scan.row, status=NO_PERSON, study="joined", problem=_NOBODY
        )


def _answer(person: PersonRow, study: str, own: Sequence[OwnReference]) -> PersonAnswer:
    problem = " ".join(person.problems)
    if not problem:
        try:
            found = assess(read(person.record), own=own)
        except InputError as error:
            problem = str(error)
        else:
            return PersonAnswer(
                id=person.id, row=person.row, status=ASSESSED, study=study, assessed=found
            )
    return PersonAnswer(id=person.id, row=person.row, status=REFUSED, study=study, problem=problem)
