"""Images that are no plain axial CT, by their headers: their names, and what becomes of them.

Spectral scanners compute many series out of one scan. They are axial, 16 bits deep and in numbers
that look like HU, but muscle has other values in them: 84 instead of 49 HU at 40 keV.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from myotome.tables.registry import Registry

_L, _R = r"(?<![a-z])", r"(?![a-z])"
"""The ends of a word: "_" and digits are none of its letters (AX_MIP, MIP10)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfImage:
    """One kind of image. Patterns are regular expressions, case ignored.

    ``types`` are searched in the values of Image Type joined by a space, ``names`` there too and in
    the series description, derivation description and image comments, ``private`` in short texts
    of private attributes of derived images; ``units`` must be the whole Rescale Type. ``verdict``
    is "refused", "reserve" (measured if there is nothing else, with a flag) or "note" (a flag).
    ``contrast`` is what it says of contrast medium ("" : nothing).
    """

    key: str
    words: str
    source: str
    types: str = r"(?!)"
    names: str = r"(?!)"
    units: str = r"(?!)"
    private: str = r"(?!)"
    verdict: str = "refused"
    contrast: str = ""

    def fits(self, image_type: str, texts: Iterable[str], unit: str) -> bool:
        """Whether a header says so."""
        if re.fullmatch(self.units, unit, re.IGNORECASE):
            return True
        if re.search(self.types, image_type, re.IGNORECASE):
            return True
        return any(re.search(self.names, text, re.IGNORECASE) for text in (image_type, *texts))


_HABIT = "names that makers and departments use (assumed)"
_TYPE = "DICOM PS3.3 C.8.16.1 (Image Type, values 3 and 4)"
_SPECTRAL = "DICOM Supplement 188 (Multi-energy CT: Image Type value 4, Rescale Type)"
_SIEMENS = "names in Siemens syngo.via and NAEOTOM series (assumed)"
_PHILIPS = "names of Philips spectral results (assumed)"
_GE = "names of GE gemstone spectral imaging (assumed)"

KINDS_OF_IMAGE: tuple[KindOfImage, ...] = (
    KindOfImage(
        key="localizer",
        words="localizer",
        names=r"LOCALI[SZ]ER|SCOUT|TOPOGRAM|SURVIEW|SCANOGRAM",
        source=_TYPE,
    ),
    KindOfImage(
        key="dose_report",
        words="dose report",
        names=r"DOSE.?(INFO|REPORT)|PATIENT.PROTOCOL|DOSE.?RECORD",
        source=_HABIT,
    ),
    KindOfImage(
        key="secondary_capture",
        words="secondary capture",
        names=r"SCREEN.?(SAVE|SHOT)|PASTED|SECONDARY CAPTURE",
        source=_HABIT,
    ),
    KindOfImage(
        key="projection",
        words="projection or rendering",
        types=rf"{_L}M(AX|IN)_IP{_R}|{_L}(VOLUME|SURFACE)_RENDER",
        names=rf"{_L}(MAX|MIN|M)IPS?{_R}|{_L}M(AX|IN)\w*.INTENS|PROJECTION|VOLREN|{_L}VRT{_R}|RENDER"
        rf"|{_L}RAY.?SUM",
        source=f"{_TYPE}; {_HABIT}",
    ),
    KindOfImage(
        key="mpr",
        words="reformat (MPR)",
        names=rf"{_L}(C|CURVED.?)?MPRS?{_R}|REFORMAT|{_L}CURVED{_R}|{_L}CPR{_R}",
        source=f"{_TYPE}; {_HABIT}",
    ),
    KindOfImage(
        key="calcium_suppressed",
        words="calcium-suppressed image",
        names=rf"{_L}CA.?SUPP|CALCIUM.?SUPP|{_L}VNCA{_R}|VIRTUAL.?NON.?CALC",
        source=f"{_PHILIPS}; {_SIEMENS}",
    ),
    KindOfImage(
        key="virtual_unenhanced",
        words="virtual non-contrast image",
        types=rf"{_L}MAT_REMOVED{_R}",
        units=r"HU_MOD",
        names=rf"{_L}VNC{_R}|{_L}VUE{_R}|VIRTUAL.?(NON.?CON|NON.?ENH|UNENH|NATIV|PLAIN|TRUE.?NON)"
        rf"|IODINE.?REMOV|{_L}WATER.?\(IODINE",
        private=rf"VIRTUAL.?(NON.?CON|UNENH)|{_L}VNC{_R}",
        verdict="reserve",
        contrast="enhanced",
        source=f"{_SPECTRAL}; {_SIEMENS}; {_GE}",
    ),
    KindOfImage(
        key="iodine_map",
        words="iodine map",
        units=r"MGML",
        names=rf"IODINE|{_L}IODMAP|{_L}JOD.?(KART|BILD|MAP)|{_L}VNI{_R}",
        source=f"{_SPECTRAL}; {_HABIT}",
    ),
    KindOfImage(
        key="electron_density",
        words="map of electron density",
        types=rf"{_L}ELECTRON_DENSITY{_R}",
        units=r"EDW?",
        names=rf"ELECTRON.?DENS|{_L}E.?DENSITY|{_L}RHO{_R}",
        source=f"{_SPECTRAL}; {_PHILIPS}",
    ),
    KindOfImage(
        key="atomic_number",
        words="map of atomic numbers",
        types=rf"{_L}EFF_ATOMIC_NUM{_R}",
        units=r"Z_EFF",
        names=rf"{_L}Z.?EFF|EFFECTIVE.?(Z{_R}|ATOM)",
        source=f"{_SPECTRAL}; {_PHILIPS}",
    ),
    KindOfImage(
        key="uric_acid",
        words="map of uric acid",
        names=rf"{_L}URIC|{_L}URAT|{_L}GOUT{_R}",
        source=f"{_PHILIPS}; {_SIEMENS}",
    ),
    KindOfImage(
        key="material",
        words="map of a material",
        types=rf"{_L}MAT_(SPECIFIC|FRACTIONAL|MODIFIED|VALUE_BASED){_R}",
        units=r"PCT",
        names=rf"MATERIAL.?(DENS|DECOMP|SPEC)|{_L}MD.?(IODINE|WATER|FAT|HAP)"
        rf"|FAT.?(FRACTION|MAP{_R})|{_L}ECV{_R}|{_L}SBI{_R}|SPECTRAL.?BASE|PHOTO.?ELECTRIC",
        private=r"MATERIAL.?(DENS|DECOMP)",
        source=f"{_SPECTRAL}; {_GE}; {_PHILIPS}",
    ),
    KindOfImage(
        key="subtraction",
        words="subtraction",
        types=rf"{_L}SUBTRACT(ION)?{_R}",
        names=rf"SUBS?TR(A[CK]|{_R})|{_L}SUB{_R}(?!.?(DIAPHR|PHREN|HEP|CUT))",
        source=f"{_TYPE}; {_HABIT}",
    ),
    KindOfImage(
        key="perfusion",
        words="map of perfusion",
        names=rf"PERFUSION|PERFUSED|{_L}(PBV|PBF|CBF|CBV|MTT|TTP|TMAX){_R}|BLOOD.?(FLOW|VOL)|PERMEAB",
        source=f"{_TYPE}; {_SIEMENS}; {_HABIT}",
    ),
    KindOfImage(
        key="fused",
        words="fusion of images or overlay",
        # not "fusion" alone: that is also an operation on the spine
        names=rf"{_L}FUSED|FUSION.?(IMAGE|PET|SPECT|MAP)|(PET|SPECT).{{0,4}}FUSION|OVERLAY",
        source=_HABIT,
    ),
    KindOfImage(
        key="synthetic",
        words="synthetic CT",
        names=rf"SYNTHETIC|PSEUDO.?CT|{_L}SYNTH?.?CT{_R}|{_L}SCT{_R}|{_L}MRCAT",
        source=_HABIT,
    ),
    KindOfImage(
        key="monoenergetic_usual",
        words="virtual monoenergetic image of about 70 keV",
        verdict="reserve",
        source="near the mean energy of a 120-kV scan, so HU nearly compare (assumed)",
    ),
    KindOfImage(
        key="monoenergetic",
        words="virtual monoenergetic image",
        types=rf"{_L}VMI{_R}",
        names=rf"{_L}MONO.?(E{_R}|ENERG|CHROMATIC|PLUS|\+)|{_L}MONO{_R}(?!.?(PHAS|CHROME))"
        rf"|{_L}VMI{_R}|\d.?KEV{_R}",
        private=r"MONO.?(ENERG|CHROMATIC)|\d.?KEV(?![a-z])",
        source=f"{_SPECTRAL}; {_SIEMENS}; {_PHILIPS}; {_GE}",
    ),
    KindOfImage(
        key="metal_reduced",
        words="metal-artefact-reduced image",
        names=rf"{_L}(I|O.?|SMART.?)?MAR{_R}|{_L}SEMAR{_R}|METAL.?ART",
        verdict="note",
        source="iMAR (Siemens), O-MAR (Philips), Smart MAR (GE), SEMAR (Canon)",
    ),
)
KIND_OF_IMAGE = Registry("kind of image", KINDS_OF_IMAGE)

USUAL_KEV = (60.0, 80.0)
_KEV = re.compile(r"(\d{2,3}).?KEV|MONO[^\d]{0,20}(\d{2,3})(?!\d|[.,]\d|.?MM)", re.IGNORECASE)


def kind_of_image(
    image_type: str, texts: Iterable[str], unit: str = "", kev: float | None = None
) -> str:
    """The key of the kind of image that a header tells of, "" for a plain CT.

    ``image_type`` are its values joined by a space, ``texts`` what describes it in words, ``unit``
    the Rescale Type, ``kev`` the energy of a monoenergetic image if the header gives it.

    >>> kind_of_image("DERIVED PRIMARY AXIAL", ["Abd Mono+ 40 keV"])
    'monoenergetic'
    >>> kind_of_image("DERIVED PRIMARY AXIAL", ["ABD 70keV 3.0"]), kind_of_image("", ["ABD_MIP_3"])
    ('monoenergetic_usual', 'projection')
    """
    said = tuple(texts)
    found = (row.key for row in KINDS_OF_IMAGE if row.fits(image_type, said, unit))
    key = next(found, "monoenergetic" if kev else "")
    if key != "monoenergetic":
        return key
    energy = kev or _energy(image_type, *said)
    usual = energy is not None and USUAL_KEV[0] <= energy <= USUAL_KEV[1]
    return "monoenergetic_usual" if usual else key


def kind_by_private_texts(texts: Iterable[str]) -> str:
    """The key of the kind of image that private attributes of a derived image tell of, or ""."""
    said = tuple(texts)
    for row in KINDS_OF_IMAGE:
        if any(re.search(row.private, text, re.IGNORECASE) for text in said):
            return kind_of_image("", said) if row.key == "monoenergetic" else row.key
    return ""


def _energy(*texts: str) -> float | None:
    """The keV that a text names; None if none does."""
    found = (match for text in texts for match in _KEV.finditer(text))
    return next((float(match[1] or match[2]) for match in found), None)


def kinds_of(verdict: str) -> tuple[str, ...]:
    """The keys of the kinds with that verdict."""
    return tuple(row.key for row in KINDS_OF_IMAGE if row.verdict == verdict)
