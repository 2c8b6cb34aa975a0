"""The kinds of jobs, a row each: how often and how soon they are tried again."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. After try n that failed it waits ``first_wait_s * 2**(n-1)``, or ``most_wait_s``.

    ``attempts`` is how often it is tried.
    """

    key: str
    words: str
    attempts: int
    first_wait_s: float
    most_wait_s: float

    def wait_s(self, attempts: int) -> float:
        """Seconds until the next try, after so many.

        >>> [KINDS["measure"].wait_s(n) for n in (1, 2, 3)]
        [30.0, 60.0, 120.0]
        """
        doublings = min(max(attempts - 1, 0), 30)
        return min(self.first_wait_s * 2.0**doublings, self.most_wait_s)


MEASURE, DELIVER = "measure", "deliver"
KINDS = Registry(
    "kind of job",
    (
        Kind(
            key=MEASURE,
            words="measure a study",
            attempts=3,
            first_wait_s=30.0,
            most_wait_s=3600.0,
        ),
        Kind(
            key=DELIVER,
            words="send results to an archive",
            attempts=1000,  # an archive that is down for a week is survived
            first_wait_s=10.0,
            most_wait_s=900.0,
        ),
    ),
)
