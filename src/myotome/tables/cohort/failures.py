"""Why a study of a cohort has no numbers: one row per reason, with what to do."""

from __future__ import annotations

from dataclasses import dataclass

from myotome import errors
from myotome.tables.registry import Registry, unique


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One reason. ``error`` is the refusal of a single study that it stands for, if it does.

    ``fatal``: every other study would fail the same way, so the run stops.
    """

    key: str
    words: str
    mend: str
    error: type[errors.MyotomeError] | None = None
    fatal: bool = False


_READ = "Read the message of each study; myotome series STUDY shows its series and files."
FAILURES = Registry(
    "failure",
    (
        Failure(
            key="input",
            words="the input cannot be read, or is not what a stage needs",
            mend=_READ,
            error=errors.InputError,
        ),
        Failure(
            key="too_large",
            words="the input announces, or unpacks to, more than any scan has",
            mend="Look at the study: it is damaged, hostile or no scan.",
            error=errors.TooLargeError,
        ),
        Failure(
            key="no_usable_series",
            words="no series may be measured",
            mend="myotome cohort table COHORT --of series -o FILE gives the reasons.",
            error=errors.NoUsableSeriesError,
        ),
        Failure(
            key="geometry",
            words="the geometry would make sizes wrong",
            mend="Export the study again, or pass --allow-gaps where slices are missing.",
            error=errors.GeometryError,
        ),
        Failure(
            key="not_hounsfield",
            words="the values are not Hounsfield units",
            mend="Give original CT images.",
            error=errors.NotHounsfieldError,
        ),
        Failure(
            key="no_abdomen",
            words="the scan does not show the abdomen",
            mend="Leave the study out.",
            error=errors.AnatomyError,
        ),
        Failure(
            key="backend",
            words="the segmentation backend is missing or failed",
            mend="myotome info says which backends can be used here.",
            error=errors.BackendError,
        ),
        Failure(
            key="weights",
            words="a weight file is missing or altered",
            mend="Install Myotome again, or check your own network.",
            error=errors.WeightsError,
            fatal=True,
        ),
        Failure(
            key="output",
            words="the results cannot be written",
            mend="Free some space, or choose another disk, then run again.",
            error=errors.OutputError,
            fatal=True,
        ),
        Failure(
            key="grid_mismatch",
            words="two images are on different grids",
            mend="Give labels that belong to the measured series.",
            error=errors.GridMismatchError,
        ),
        Failure(
            key="several_subjects",
            words="one row of the manifest holds studies of several people",
            mend="Give each person a row of their own, or leave out the columns that describe one.",
        ),
        Failure(
            key="timeout",
            words="the study took longer than --study-timeout and was ended",
            mend="cohort retry --reason timeout with a longer --study-timeout.",
        ),
        Failure(
            key="out_of_memory",
            words="the study needed more memory than --study-memory or the machine has",
            mend="cohort retry --reason out_of_memory with fewer --workers or more memory.",
        ),
        Failure(
            key="worker_died",
            words="the process that measured the study was ended from outside, or crashed",
            mend="cohort retry --reason worker_died; if it happens again, give it more memory.",
        ),
        Failure(
            key="unexpected",
            words="an error that is a bug in Myotome",
            mend="Report it with the output of myotome info; myotome run STUDY --debug shows more.",
        ),
    ),
)
_BY_ERROR = unique(
    "failure of an error",
    ((row.error.__name__, row) for row in FAILURES.values() if row.error is not None),
)


def failure_of(error: BaseException) -> Failure:
    """The row that an error stands for; "unexpected" for one that no table knows.

    >>> failure_of(errors.GeometryError("the slices overlap.")).key
    'geometry'
    >>> failure_of(KeyError("x")).key
    'unexpected'
    """
    if isinstance(error, MemoryError):
        return FAILURES["out_of_memory"]
    if isinstance(error, OSError):
        return FAILURES["input"]
    for kind in type(error).__mro__:
        if kind.__name__ in _BY_ERROR:
            return _BY_ERROR[kind.__name__]
    return FAILURES["unexpected"]
