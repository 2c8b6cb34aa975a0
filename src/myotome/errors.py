"""One tree of errors. Every message says what happened, why it matters and the mend.

``exit_code`` is what the command line returns for the error; the list is documented by
``myotome --help`` and in the README.
"""

from __future__ import annotations


class MyotomeError(Exception):
    """Anything Myotome refuses. The text is for people and holds no patient identifiers."""

    exit_code = 1

    def __init__(self, what: str, *, why: str = "", mend: str = "") -> None:
        self.what, self.why, self.mend = what, why, mend
        super().__init__(" ".join(part for part in (what, why, mend) if part))


class InputError(MyotomeError):
    """The input cannot be read, or is not what the stage needs."""

    exit_code = 3


class TooLargeError(InputError):
    """The input announces, or unpacks to, more than any scan has or than memory holds."""

    exit_code = 12


class NoUsableSeriesError(InputError):
    """Files were read, but no series may be measured; reasons are in ``series.csv``."""

    exit_code = 4


class GeometryError(InputError):
    """The geometry of the input would make sizes wrong (gaps, tilt, mixed orientations)."""

    exit_code = 5


class NotHounsfieldError(InputError):
    """The values are not Hounsfield units (a mask, an MR, an 8-bit picture, NaN)."""

    exit_code = 6


class AnatomyError(MyotomeError):
    """The scan does not show the anatomy a stage needs (a head CT, for example)."""

    exit_code = 7


class BackendError(MyotomeError):
    """A segmentation backend is missing, or returned something unusable."""

    exit_code = 8


class WeightsError(MyotomeError):
    """A weight file is missing, altered, or does not belong to its card."""

    exit_code = 9


class OutputError(MyotomeError):
    """The results cannot be written; nothing that looks finished was left behind."""

    exit_code = 10


class GridMismatchError(MyotomeError):
    """Two images on different grids were combined."""

    exit_code = 11
