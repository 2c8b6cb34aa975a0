"""Which prediction belongs to which reference: two files, two folders, or a manifest."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import InputError
from myotome.evaluate.scores.case import Pair
from myotome.evaluate.scores.maps import ENDINGS
from myotome.evaluate.scores.regions import LabelSet

_PREDICTED_NAME = "segmentation"
_CT_ENDINGS = (".nii", ".nii.gz")
_MANIFEST_COLUMNS = ("subject", "predicted", "reference", "slices", "ct", "borders", "l3_z_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The pairs, and what had no counterpart (a sentence each)."""

    pairs: tuple[Pair, ...]
    warnings: tuple[str, ...] = ()


def find_pairs(
    predicted: Path,
    reference: Path | None,
    kind: LabelSet,
    *,
    slices: Path | None = None,
    ct: Path | None = None,
) -> Found:
    """The pairs to score, in order of subject.

    - Two files of any format that :func:`read_labels` reads: one pair, called after the
      reference's folder if the file is named after its labels (``muscles.nii.gz``), else after
      the file.
    - Two folders: a subject is a file ``NAME.nii.gz`` or a folder ``NAME`` that holds
      ``segmentation.nii.gz``, ``muscles.nii.gz`` or ``compartments.nii.gz``; equal names belong
      together. ``slices.json``, ``borders.json`` (for muscles) and ``ct.nii.gz`` in a reference
      folder are used.
    - A CSV with the columns subject, predicted, reference and, if wanted, slices, ct and borders,
      as paths relative to it, and l3_z_mm, the patient z at which areas are compared as those
      at L3; ``reference`` is then None.

    ``slices`` and ``ct`` are files for one pair, or folders with ``NAME.json``/``NAME.nii.gz``.
    Refuses (InputError) missing files and folders without a common name.
    """
    if predicted.suffix.lower() == ".csv":
        if not (reference is slices is ct is None):
            raise InputError("a manifest names the references, slices and CTs itself.")
        return Found(pairs=_manifest(predicted))
    if reference is None:
        raise InputError("there is no reference.", mend="Give one, or a manifest (CSV).")
    for path, words in ((predicted, "prediction"), (reference, "reference")):
        if not path.exists():
            raise InputError(f"the {words} does not exist.", mend="Check the path.")
    if predicted.is_dir() != reference.is_dir():
        raise InputError("one is a file and the other a folder.", mend="Give two of a kind.")
    if predicted.is_dir():
        return _folders(predicted, reference, kind, slices, ct)
    subject = _subject(reference, kind)
    pair = _pair(subject, kind, (predicted, reference), slices, ct)
    return Found(pairs=(pair,))


def _stem(path: Path) -> str:
    name = path.name
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return path.stem


def _subject(path: Path, kind: LabelSet) -> str:
    stem = _stem(path)
    generic = stem in (kind.key, _PREDICTED_NAME)
    return path.resolve().parent.name if generic else stem


def _folders(
    predicted: Path, reference: Path, kind: LabelSet, slices: Path | None, ct: Path | None
) -> Found:
    guesses, truths = subjects_in(predicted, kind), subjects_in(reference, kind)
    common = sorted(set(guesses) & set(truths))
    if not common:
        raise InputError(
            f"no name is in both folders ({len(guesses)} predictions, {len(truths)} references).",
            mend="Name them alike, or give a manifest (CSV).",
        )
    for extra, words in ((slices, "slices"), (ct, "CT")):
        if extra is not None and extra.is_file() and len(common) > 1:
            raise InputError(f"one {words} file for {len(common)} subjects.", mend="Give a folder.")
    alone = [f"no reference for {name}" for name in sorted(set(guesses) - set(truths))]
    alone += [f"no prediction for {name}" for name in sorted(set(truths) - set(guesses))]
    pairs = tuple(_pair(name, kind, (guesses[name], truths[name]), slices, ct) for name in common)
    return Found(pairs=pairs, warnings=tuple(alone))


def subjects_in(folder: Path, kind: LabelSet) -> dict[str, Path]:
    """The label maps in a folder by subject, as :func:`find_pairs` finds them."""
    out: dict[str, Path] = {}
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_file() and entry.name.lower().endswith(ENDINGS):
            out[_stem(entry)] = entry
        elif entry.is_dir():
            names = (kind.key, _PREDICTED_NAME) if kind.has_mass else (kind.key,)
            found = [p for n in names for e in ENDINGS if (p := entry / f"{n}{e}").is_file()]
            if found:
                out[entry.name] = found[0]
    return out


def _pair(
    subject: str, kind: LabelSet, files: tuple[Path, Path], slices: Path | None, ct: Path | None
) -> Pair:
    predicted, reference = files
    # slices.json is about the muscles; sparse maps show by themselves where they are complete
    ranges = None if kind.sparse else reference.parent / "slices.json"
    borders = reference.parent / "borders.json"
    return Pair(
        subject=subject,
        predicted=predicted,
        reference=reference,
        slices=_companion(slices, subject, (".json",), "slices", ranges),
        ct=_companion(ct, subject, _CT_ENDINGS, "CT", _ct_beside(reference.parent)),
        borders=borders if kind.has_mass and borders.is_file() else None,
    )


def _ct_beside(folder: Path) -> Path | None:
    found = [folder / f"ct{ending}" for ending in _CT_ENDINGS]
    return next((p for p in found if p.is_file()), None)


def _companion(
    given: Path | None, subject: str, endings: tuple[str, ...], words: str, beside: Path | None
) -> Path | None:
    """The file given, or the one of that subject in a folder given, or the one beside."""
    if given is None:
        return beside if beside is not None and beside.is_file() else None
    if given.is_file():
        return given
    found = [p for ending in endings if (p := given / f"{subject}{ending}").is_file()]
    if not found:
        raise InputError(f"there is no {words} file for {subject}.", mend="Check the path.")
    return found[0]


def _manifest(path: Path) -> tuple[Pair, ...]:
    if not path.is_file():
        raise InputError("the manifest does not exist.", mend="Check the path.")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        columns, rows = set(reader.fieldnames or ()), list(reader)
    unknown = sorted(columns - set(_MANIFEST_COLUMNS))
    lacking = [name for name in _MANIFEST_COLUMNS[:3] if name not in columns]
    if unknown or lacking:
        raise InputError(
            f"the manifest has unknown columns {unknown}, and lacks {lacking}.",
            mend=f"Its columns are {','.join(_MANIFEST_COLUMNS)} (the last four as wanted).",
        )
    pairs = tuple(_row(row, path.resolve().parent, n) for n, row in enumerate(rows, 2))
    names = [p.subject for p in pairs]
    twice = sorted({n for n in names if names.count(n) > 1})
    if not pairs or twice:
        raise InputError(
            f"the manifest names {', '.join(twice)} twice." if pairs else "the manifest is empty.",
            mend="One line per subject.",
        )
    return pairs


def _row(row: dict[str, str], folder: Path, line: int) -> Pair:
    def file(column: str) -> Path | None:
        value = (row.get(column) or "").strip()
        if not value:
            return None
        if not (folder / value).is_file():
            raise InputError(f"line {line} of the manifest: its {column} does not exist.")
        return folder / value

    predicted, reference = file("predicted"), file("reference")
    subject = (row["subject"] or "").strip()
    if predicted is None or reference is None or not subject:
        raise InputError(f"line {line} of the manifest lacks a subject, prediction or reference.")
    return Pair(
        subject=subject,
        predicted=predicted,
        reference=reference,
        slices=file("slices"),
        ct=file("ct"),
        borders=file("borders"),
        levels_mm=_levels(row, line),
    )


def _levels(row: dict[str, str], line: int) -> dict[str, float]:
    value = (row.get("l3_z_mm") or "").strip()
    try:
        return {"L3": float(value)} if value else {}
    except ValueError as error:
        raise InputError(f"line {line} of the manifest: its l3_z_mm is no number.") from error
