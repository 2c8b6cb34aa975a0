"""Files lost, copied, renamed and mixed; folders nested and packed."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from numpy.random import Generator

from benchmarks.mutations.kind import Done, Kind, Target, share_words, some_of

WHOLE = "it is another sound study as a whole"
_CLUTTER = {
    ".DS_Store": b"\x00\x00\x00\x01Bud1" + bytes(60),
    "Thumbs.db": bytes(range(256)) * 4,
    "letter.txt": "Grüße\n".encode(),
    "report.pdf": b"%PDF-1.4\n%%EOF\n",
    "._ct_0001.dcm": b"\x00\x05\x16\x07" + bytes(120),
    "empty.dcm": b"",
    "preamble.dcm": bytes(128) + b"DICM",
    "half.nii": bytes(348),
    "notes.nii.gz": b"\x1f\x8b\x08\x00",
}
_NAMES = (
    "=1+1",
    "-rf",
    "ä ö",
    "x" * 200,
    "name\nline",
    "%s%n",
    "CON",
    "a.b.c.dcm.zip",
    "\u202e.dcm",
)


def _removed(target: Target, rng: Generator) -> Done:
    files = target.files()
    count = len(files)
    way = str(
        rng.choice(
            ["one", "middle", "second", "first", "last", "all"], p=[0.3, 0.3, 0.1, 0.1, 0.1, 0.1]
        )
    )
    some = int(rng.integers(1, max(2, count // 3)))
    start = int(rng.integers(count))
    chosen = {
        "one": files[start : start + 1],
        "middle": files[start : start + some],
        "second": files[1::2],
        "first": files[:some],
        "last": files[-some:],
        "all": files,
    }[way]
    for path in chosen:
        path.unlink()
    return Done(words=f"{way} ({len(chosen)} of {count}) removed")


def _copied(target: Target, rng: Generator) -> Done:
    files = target.files()
    chosen = some_of(files, rng)
    for path in chosen:
        shutil.copy(path, path.with_name(f"copy_{path.name}"))
    return Done(words=f"{share_words(chosen, files)} copied beside itself")


def _renamed(target: Target, rng: Generator) -> Done:
    files = target.files()
    way = str(rng.choice(["shuffled", "bare", "strange"]))
    if way == "strange" or target.form == "nifti":
        path = files[int(rng.integers(len(files)))]
        name = _NAMES[int(rng.integers(len(_NAMES)))]
        path.rename(path.with_name(name))
        return Done(words=f"a file renamed {name[:20]!r}")
    names = [f"f{n:04d}{'' if way == 'bare' else '.dcm'}" for n in rng.permutation(len(files))]
    for path, name in zip(files, names, strict=True):
        path.rename(path.with_name(f"new_{name}"))
    return Done(words=f"files renamed ({way})")


def _emptied(target: Target, rng: Generator) -> Done:
    files = target.files()
    chosen = some_of(files, rng)
    for path in chosen:
        path.write_bytes(b"")
    return Done(words=f"{share_words(chosen, files)} emptied")


def _exchanged(target: Target, rng: Generator) -> Done:
    files, others = target.files(), target.others()
    chosen = some_of(files, rng)
    for path in chosen:
        shutil.copy(others[files.index(path) % len(others)], path)
    return Done(
        words=f"{share_words(chosen, files)} replaced by another person's",
        undetectable=WHOLE if len(chosen) == len(files) else "",
    )


def _swapped(target: Target, rng: Generator) -> Done:
    files = target.files()
    first, second = (files[int(n)] for n in rng.integers(len(files), size=2))
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)
    return Done(words="the contents of two files exchanged")


def _mixed(target: Target, rng: Generator) -> Done:
    others = target.others()
    count = int(rng.integers(1, len(others) + 1))
    for path in others[:count]:
        shutil.copy(path, target.study / f"b_{path.name}")
    return Done(words=f"{count} files of another person added")


def _nested(target: Target, rng: Generator) -> Done:
    depth = int(rng.integers(1, 30))
    for path in target.files():
        inner = target.study.joinpath(*(f"d{int(rng.integers(2))}" for _ in range(depth)))
        inner.mkdir(parents=True, exist_ok=True)
        path.rename(inner / path.name)
    return Done(words=f"files scattered {depth} folders deep")


def _clutter(target: Target, rng: Generator) -> Done:
    names = [str(n) for n in rng.choice(list(_CLUTTER), int(rng.integers(1, 6)), False)]
    for name in names:
        (target.study / name).write_bytes(_CLUTTER[name])
    return Done(words=f"clutter: {', '.join(names)}")


def _special(target: Target, rng: Generator) -> Done:
    way = str(rng.choice(["fifo", "loop", "dangling", "folder", "outside", "socketless"]))
    path = target.files()[int(rng.integers(len(target.files())))]
    place = target.study / "strange.dcm"
    if way == "fifo":
        os.mkfifo(place)
    elif way == "loop":
        place.symlink_to(target.study, target_is_directory=True)
    elif way == "dangling":
        place.symlink_to(target.study / "nowhere")
    elif way == "outside":
        place.symlink_to(path)
    else:
        path.unlink()
        path.mkdir()
    return Done(words=f"a {way} among the files")


def _closed(target: Target, rng: Generator) -> Done:
    files = target.files()
    chosen = some_of(files, rng)
    for path in chosen:
        path.chmod(0)
    return Done(words=f"{share_words(chosen, files)} without permissions")


def _packed(target: Target, rng: Generator) -> Done:
    way = str(rng.choice(["zip", "tar", "tar.gz", "tar.xz", "zip in zip"]))
    broken = str(rng.choice(["sound", "cut", "flipped"], p=[0.5, 0.25, 0.25]))
    archive = target.study.with_name(f"packed.{'zip' if 'zip' in way else way}")
    if "zip" in way:
        _zip(archive, target.files(), target.study)
    else:
        mode = {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz"}[way]
        with tarfile.open(archive, mode) as pack:  # type: ignore[call-overload]
            pack.add(target.study, "study")
    _break(archive, broken, rng)
    if way == "zip in zip":
        outer = archive.with_name("outer.zip")
        _zip(outer, [archive], archive.parent)
        archive = outer
    return Done(words=f"packed as {way}, {broken}", path=archive)


def _zip(archive: Path, files: list[Path], root: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        for path in files:
            pack.write(path, path.relative_to(root))


def _break(path: Path, way: str, rng: Generator) -> None:
    data = bytearray(path.read_bytes())
    if way == "cut":
        data = data[: int(rng.integers(len(data)))]
    elif way == "flipped":
        for at in rng.integers(len(data), size=int(rng.integers(1, 20))):
            data[int(at)] ^= 1 << int(rng.integers(8))
    path.write_bytes(bytes(data))


def _split(target: Target, rng: Generator) -> Done:
    files = target.files()
    cut = int(rng.integers(1, max(2, len(files))))
    for path in files[cut:]:
        inner = target.study / "second"
        inner.mkdir(exist_ok=True)
        path.rename(inner / path.name)
    return Done(words=f"files {cut} to {len(files)} in a folder of their own", path=target.study)


def _single(target: Target, rng: Generator) -> Done:
    files = target.files()
    path = files[int(rng.integers(len(files)))]
    return Done(words="one file given instead of the folder", path=path)


def _aged(target: Target, rng: Generator) -> Done:
    seconds = float(rng.integers(-(2**31), 2**33))
    for path in target.files():
        os.utime(path, (seconds, np.abs(seconds)))
    return Done(words=f"dates of files set to {seconds:.0f} s")


KINDS = (
    Kind(key="files_removed", needs="any", make=_removed, weight=2),
    Kind(key="files_copied", needs="any", make=_copied),
    Kind(key="files_renamed", needs="any", make=_renamed),
    Kind(key="files_emptied", needs="any", make=_emptied),
    Kind(key="files_exchanged", needs="any", make=_exchanged, weight=2),
    Kind(key="files_swapped", needs="dicom", make=_swapped, weight=0.5),
    Kind(key="files_mixed", needs="any", make=_mixed, weight=2),
    Kind(key="files_nested", needs="any", make=_nested),
    Kind(key="files_split", needs="dicom", make=_split, weight=0.5),
    Kind(key="files_closed", needs="any", make=_closed, weight=0.5),
    Kind(key="files_dated", needs="any", make=_aged, weight=0.3),
    Kind(key="clutter", needs="any", make=_clutter),
    Kind(key="special_file", needs="any", make=_special),
    Kind(key="packed", needs="any", make=_packed, weight=2),
    Kind(key="single_file", needs="any", make=_single, weight=0.5),
)
