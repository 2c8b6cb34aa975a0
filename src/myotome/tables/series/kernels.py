"""Reconstruction kernels: one row per vendor family, soft, medium or sharp.

Vu 2024 leaves out "high-pass reconstruction kernels" and names none, so the line between
medium and sharp is drawn here, row by row, with its source; ``assumed`` marks what rests on
the vendor's naming habit rather than on a document. First matching row wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from myotome.tables.registry import Registry

_SIEMENS_B = (
    "Siemens SOMATOM Sensation operating instructions, Body Kernels: B10-B20 soft, B30-B41 "
    "standard for body tissue, B50-B80 for higher sharpness"
)
_SIEMENS_NEW = (
    "Siemens naming: family letters and a resolution index, higher is sharper, Br40 standard "
    "body (diagnosticradphys.com, Siemens CT reconstruction kernels); the limit 50 is assumed "
    "from the older B family"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """One family. ``pattern`` must match the whole kernel name, upper case, without spaces.

    ``vendor`` is searched in the manufacturer's name ("" for any). ``sharpness`` is "soft",
    "medium" or "sharp"; with ``sharp_from`` the pattern's group "number" decides instead: sharp
    from that number on, medium from ``medium_from`` on, else soft.
    """

    key: str
    vendor: str
    pattern: str
    sharpness: str
    source: str
    assumed: bool
    sharp_from: int | None = None
    medium_from: int = 40


KERNELS: tuple[Kernel, ...] = (
    Kernel(
        key="siemens_b",
        vendor="SIEMENS",
        pattern=r"B(?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source=_SIEMENS_B,
        assumed=False,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_d",
        vendor="SIEMENS",
        pattern=r"D(?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source="dual-energy twins of the B family; D45f medium-soft (Mao 2026, PMC12963105)",
        assumed=False,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_iterative",
        vendor="SIEMENS",
        pattern=r"[IJ](?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source="iterative twins of the B and H families, same numbers",
        assumed=True,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_body_index",
        vendor="SIEMENS",
        pattern=r"B[RFVLCPDTNS](?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source=_SIEMENS_NEW,
        assumed=True,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_quantitative",
        vendor="SIEMENS",
        pattern=r"(Q|QR|SA)(?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source=_SIEMENS_NEW,
        assumed=True,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_head",
        vendor="SIEMENS",
        pattern=r"H[RCPFV]?(?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source=_SIEMENS_NEW,
        assumed=True,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_child",
        vendor="SIEMENS",
        pattern=r"C(?P<number>\d\d)[A-Z]*\d?",
        sharpness="medium",
        source="child kernels, numbered as the B family",
        assumed=True,
        sharp_from=50,
    ),
    Kernel(
        key="siemens_ultra_special",
        vendor="SIEMENS",
        pattern=r"(U|UR|UB|S)\d\d[A-Z]*\d?",
        sharpness="sharp",
        source="Siemens SOMATOM Sensation operating instructions: U70u-U90u very high sharpness, "
        "S80s/S90s special",
        assumed=False,
    ),
    Kernel(
        key="ge_sharp",
        vendor="^GE",
        pattern=r".*(LUNG|BONE|EDGE|ULTRA|SHARP).*",
        sharpness="sharp",
        source="GE kernel names say their use: lung, bone, bone plus, edge, ultra",
        assumed=True,
    ),
    Kernel(
        key="ge_soft",
        vendor="^GE",
        pattern=r".*(SOFT|SMOOTH).*",
        sharpness="soft",
        source="GE kernel name",
        assumed=True,
    ),
    Kernel(
        key="ge_standard",
        vendor="^GE",
        pattern=r".*(STANDARD|STND|STD|DETAIL|CHEST|CHST|BODY).*",
        sharpness="medium",
        source="GE kernel names; DETAIL and CHEST are somewhat sharper than STANDARD",
        assumed=True,
    ),
    Kernel(
        key="philips_soft",
        vendor="PHILIPS",
        pattern=r"(I?A|I?B|EA|EB|SA|SB|CA|CB|XCA|XCB|UA|UB|XA|XB|BRAIN.*|SMOOTH.*|STANDARD.*)",
        sharpness="soft",
        source="Philips letters: A smooth, B standard; prefixes for body part",
        assumed=True,
    ),
    Kernel(
        key="philips_medium",
        vendor="PHILIPS",
        pattern=r"(C|EC|SC|CC|XCC|UC|XC)",
        sharpness="medium",
        source="Philips letters: C between standard and sharp",
        assumed=True,
    ),
    Kernel(
        key="philips_sharp",
        vendor="PHILIPS",
        pattern=r"(D|E|F|L|CD|XCD|ED|Y[A-E]|LUNG.*|SHARP.*|BONE.*|DETAIL.*)",
        sharpness="sharp",
        source="Philips letters: D and later sharp, L lung, Y high resolution",
        assumed=True,
    ),
    Kernel(
        key="canon_lung_fc50",
        vendor="TOSHIBA|CANON",
        pattern=r"FC5\d.*",
        sharpness="sharp",
        source="Toshiba FC50-FC59: lung and high resolution (FC51 as the sharp kernel of lung "
        "screening series)",
        assumed=True,
    ),
    Kernel(
        key="canon_bone_fc30_fc80",
        vendor="TOSHIBA|CANON",
        pattern=r"FC[38]\d.*",
        sharpness="sharp",
        source="Toshiba FC30-FC39 bone, FC80-FC89 ultra-high resolution",
        assumed=True,
    ),
    Kernel(
        key="canon_body_fc01",
        vendor="TOSHIBA|CANON",
        pattern=r"FC[01]\d.*",
        sharpness="soft",
        source="Toshiba FC01-FC19: body, with and without beam-hardening correction",
        assumed=True,
    ),
    Kernel(
        key="canon_head",
        vendor="TOSHIBA|CANON",
        pattern=r"FC[246]\d.*",
        sharpness="medium",
        source="Toshiba FC20-FC29, FC40-FC49, FC60-FC69: head",
        assumed=True,
    ),
    Kernel(
        key="uih_sharp",
        vendor="UIH|UNITED",
        pattern=r".*_V?(SHARP|LUNG|BONE).*",
        sharpness="sharp",
        source="United Imaging names: PART_SHARPNESS_VARIANT, such as B_SHARP_C",
        assumed=True,
    ),
    Kernel(
        key="uih_soft",
        vendor="UIH|UNITED",
        pattern=r".*_V?(SOFT|SMOOTH|MEDIUM|STANDARD).*",
        sharpness="soft",
        source="United Imaging names, such as B_SOFT_B",
        assumed=True,
    ),
    Kernel(
        key="any_sharp_word",
        vendor="",
        pattern=r".*(LUNG|BONE|EDGE|SHARP|INNEREAR|HIGHRES).*",
        sharpness="sharp",
        source="plain English kernel names",
        assumed=True,
    ),
    Kernel(
        key="any_soft_word",
        vendor="",
        pattern=r".*(SOFT|SMOOTH|STANDARD|STND|BODY|ABDOMEN|MEDIASTINUM).*",
        sharpness="soft",
        source="plain English kernel names",
        assumed=True,
    ),
)
KERNEL = Registry("kernel", KERNELS)


def classify(manufacturer: str, kernel: str) -> tuple[str, str]:
    """Sharpness ("soft", "medium", "sharp", "unknown") and the key of the row that says so.

    Without a manufacturer all rows are tried, so that "B70f" is recognised in stripped headers.
    """
    vendor = manufacturer.upper().strip()
    name = re.sub(r"\s+", "", kernel.upper())
    for row in KERNELS:
        if vendor and row.vendor and not re.search(row.vendor, vendor):
            continue
        match = re.fullmatch(row.pattern, name)
        if name and match:
            return _sharpness(row, match), row.key
    return "unknown", ""


def _sharpness(row: Kernel, match: re.Match[str]) -> str:
    if row.sharp_from is None:
        return row.sharpness
    number = int(match.group("number"))
    if number >= row.sharp_from:
        return "sharp"
    return "medium" if number >= row.medium_from else "soft"
