"""The configuration of one run: read at the edge, passed down, saved with the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict

from myotome.assess.own.curves import OwnReference
from myotome.errors import InputError
from myotome.nouns.space.given import Given
from myotome.nouns.study.pseudonym import PUBLIC_SALT
from myotome.read.given.check import canonical, checked
from myotome.read.given.file import read_given
from myotome.read.given.typed import typed
from myotome.tables.option import asked
from myotome.tables.quantities.tissues import VISCERAL_WINDOWS
from myotome.write.outputs import NONE, Extras

MOST_REACH_SLICES = 10


class Options(TypedDict, total=False):
    """The fields of :class:`Configuration` as keyword arguments of :func:`myotome.run`."""

    series: str | None
    all_series: bool
    unenhanced_only: bool
    backend: str
    mapping: str | None
    network: str | Path | None
    fill_between: bool
    allow_gaps: bool
    join: bool
    expect: int | None
    threads: int
    overwrite: bool
    visceral_window: str
    reach_slices: int
    level: Mapping[str, float] | None
    levels: Mapping[str, float] | str | Path | None
    reader: str
    reference: OwnReference | str | Path | None
    extras: Extras
    salt: str
    now: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Every choice of one run.

    ``series`` is a series key or number (None: the best usable one). ``backend`` is a row of
    ``segment.backends`` ("bundled", "totalsegmentator", "labels:PATH"), ``mapping`` the name or
    file of its label mapping, and ``network`` a user's own network (.onnx, its card beside it).
    ``fill_between`` interpolates labels that somebody drew on some slices only.
    ``levels`` are levels and planes that a person set, by name (patient z, LPS mm), or the file
    that holds them, which is read at once; ``level`` are single ones that go before those, and
    ``reader`` is who set them (:func:`myotome.read.given.check.checked`).
    ``reference`` is a reference of your own people (``myotome stats reference``), or its file,
    which is read at once.
    ``join`` measures as one what several series hold of one scan, ``expect`` is the number of
    images that the series must have.
    ``visceral_window`` is the HU window of visceral fat (``tables.quantities.tissues``), and
    ``reach_slices`` how many slices on either side of a level its mean takes. ``extras`` are
    DICOM objects and FHIR beside the results. ``salt`` makes the pseudonymous keys of study and
    subject; everybody knows the default one, so whoever has a study's UID can find its results:
    pass a secret of your own to hide that. ``now`` is the time that results are dated with (None:
    the clock's); runs with the same one make the same files, byte by byte.
    Refuses fewer than one thread, an empty salt, a time without zone, a window or reach that
    does not exist, and levels that no spine can have.

    >>> Configuration(backend="labels:/home/me/mine.nii.gz").record()["backend"]
    'labels'
    """

    series: str | None = field(default=None, metadata=asked("Key from `myotome series`."))
    all_series: bool = field(default=False, metadata=asked("Measure every usable series."))
    unenhanced_only: bool = field(default=False, metadata=asked("Refuse contrast-enhanced CT."))
    backend: str = field(
        default="bundled",
        metadata=asked("bundled, totalsegmentator, labels:PATH or a plug-in of `myotome info`."),
    )
    mapping: str | None = field(
        default=None, metadata=asked("Label mapping of the backend: a name or a file.")
    )
    network: str | Path | None = field(
        default=None,
        metadata=asked("Your own network (.onnx), its card (.json) beside it.", kind=Path | None),
    )
    fill_between: bool = field(
        default=False,
        metadata=asked("Fill slices between those on which labels were drawn, and say so."),
    )
    allow_gaps: bool = field(default=False, metadata=asked("Fill missing slices, and say so."))
    join: bool = field(
        default=False, metadata=asked("Measure series that are one scan as one (see `series`).")
    )
    expect: int | None = field(
        default=None,
        metadata=asked("Refuse a series that has not as many images.", low=1),
    )
    visceral_window: str = field(
        default=VISCERAL_WINDOWS[0],
        metadata=asked(f"HU window of visceral fat: {' or '.join(VISCERAL_WINDOWS)}."),
    )
    reach_slices: int = field(
        default=1, metadata=asked("Slices on either side of a level for its mean.")
    )
    level: Mapping[str, float] | None = field(
        default=None,
        metadata=asked(
            "Where a vertebra lies, for example L3=-629.5 (patient z of its middle, mm); also "
            "lung_base and l5_end, the planes of the slab. Repeatable.",
            kind=list[str] | None,
            read=typed,
        ),
    )
    levels: Mapping[str, float] | str | Path | None = field(
        default=None,
        metadata=asked(
            "All levels and planes of a landmarks.json or measurements_sr.dcm of ours.",
            kind=Path | None,
        ),
    )
    reader: str = field(default="", metadata=asked("Who set the levels: results name you."))
    reference: OwnReference | str | Path | None = field(
        default=None,
        metadata=asked("Also place the person in your own reference (JSON).", kind=Path | None),
    )
    extras: Extras = NONE
    threads: int = field(default=2, metadata=asked("CPU threads.", low=1))
    overwrite: bool = field(default=False, metadata=asked("Replace the results of an old run."))
    salt: str = field(default=PUBLIC_SALT, repr=False)
    now: datetime | None = None

    def __post_init__(self) -> None:
        if self.network is not None:
            object.__setattr__(self, "network", Path(self.network))
        if isinstance(self.reference, str | Path):
            from myotome.assess.own.file import read_reference  # its tables are many

            object.__setattr__(self, "reference", read_reference(Path(self.reference)))
        self._settle_levels()
        if self.threads < 1:
            raise InputError(f"{self.threads} threads cannot work.", mend="Pass --threads 1.")
        if self.now is not None and self.now.tzinfo is None:
            raise InputError("the time to date results with has no time zone.", mend="Add one.")
        if not self.salt:
            raise InputError("an empty salt hides nothing.", mend="Leave it out, or pass a secret.")
        if self.visceral_window not in VISCERAL_WINDOWS:
            raise InputError(
                f'"{self.visceral_window[:40]}" is no window of visceral fat.',
                mend=f"Use one of {', '.join(VISCERAL_WINDOWS)}.",
            )
        if not 0 <= self.reach_slices <= MOST_REACH_SLICES:
            raise InputError(
                f"a mean of {self.reach_slices} slices on either side is not possible.",
                mend=f"Use 0 to {MOST_REACH_SLICES}.",
            )

    def _settle_levels(self) -> None:
        """Read the file of levels, and check them together with those given one by one."""
        told = self.levels
        if isinstance(told, str | Path):
            found = read_given(told)
            object.__setattr__(self, "levels", dict(found.z_mm))
            object.__setattr__(self, "reader", self.reader or found.reader)
        for name in ("level", "levels"):
            z_mm = getattr(self, name)
            if z_mm is not None:
                own = {canonical(level): z for level, z in z_mm.items()}
                object.__setattr__(self, name, MappingProxyType(own))
        object.__setattr__(self, "reader", self.given.reader)

    @property
    def own(self) -> tuple[OwnReference, ...]:
        """The references of the user's own."""
        return (self.reference,) if isinstance(self.reference, OwnReference) else ()

    @property
    def given(self) -> Given:
        """What a person set: ``level`` goes before ``levels``."""
        told = self.levels if isinstance(self.levels, Mapping) else {}
        return checked({**told, **(self.level or {})}, self.reader)

    def started_utc(self) -> str:
        """The time to date results with, to the second: ``now``, or the clock's."""
        now = datetime.now(UTC) if self.now is None else self.now.astimezone(UTC)
        return now.isoformat("T", "seconds")

    def record(self) -> dict[str, object]:
        """The configuration for the provenance, without paths (they may name the patient)."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        values["backend"] = self.backend.partition(":")[0]
        values |= {"dicom": self.extras.dicom, "fhir": self.extras.fhir}
        if self.extras.also:
            values["also"] = [name.partition(":")[0] for name in self.extras.also]
        for name in ("extras", "now", "level", "levels", "reader", "reference"):
            del values[name]
        if self.own:
            values["reference"] = self.own[0].sha256
        if self.given:
            values["levels"] = dict(self.given.z_mm)
            values["reader"] = self.given.reader
        if self.network is not None:
            values["network"] = "file"  # its name and digest are among the weights
        values["salt"] = "public" if self.salt == PUBLIC_SALT else "own"
        if self.mapping is not None and ("/" in self.mapping or "." in self.mapping):
            values["mapping"] = "file"
        return values
