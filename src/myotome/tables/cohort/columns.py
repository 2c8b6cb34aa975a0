"""The columns of the tables of a cohort, one row each; its data dictionary is made of them.

Every table begins with ``KEYS``. The tables ``measurements`` and ``slices`` go on with the columns
of a single study (``tables.outputs.columns``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from myotome.tables.outputs.columns import MEASUREMENTS, SLICES, Column
from myotome.tables.registry import Registry


def _text(key: str, words: str) -> Column:
    return Column(key=key, kind="VARCHAR", words=words)


def _number(key: str, words: str) -> Column:
    return Column(key=key, kind="DOUBLE", words=words)


def _whole(key: str, words: str) -> Column:
    return Column(key=key, kind="INTEGER", words=words)


KEYS = (
    _text("study", "pseudonym of the study in this cohort: HMAC-SHA256 with the cohort's salt"),
    _whole("attempt", "which try this is of; only the last one of a study counts"),
)
STUDIES = (
    *KEYS,
    _text("subject", "pseudonym of the person: studies with the same one are a follow-up"),
    _number("days_since_first", "days since the person's first study; empty where nobody knows"),
    Column(key="training", kind="BOOLEAN", words="whether the person trained the network"),
    _text("state", '"done" or "failed"'),
    _text("reason", "why it failed: a row of the table of failures; empty where done"),
    _text("message", "the same in words, with what to do"),
    _number("seconds", "seconds of the measurement"),
    _number(
        "peak_mb",
        "peak memory of the worker, MB (10^6 bytes), so far; empty where it was ended",
    ),
    _text("finished_utc", "when it ended"),
    _text("configuration", "digest of version, weights and configuration it was measured with"),
    _text("myotome_version", "version of the program"),
    _text("weights", "networks and the first 12 digits of their weights' SHA-256"),
    _text("input_sha256", "digest of the measured images, the same for any names and order"),
    _text("series", "key of the measured series in the table of series"),
    _whole("images", "number of images of the measured series"),
    _number("slice_mm", "slice spacing"),
    _number("kvp", "tube voltage, where the header says"),
    _text("contrast_header", "enhanced, unenhanced or unknown, by the header"),
    _text("contrast_image", "the same by the image"),
    _text("sex", "F or M, as given or in the header; empty where unknown"),
    _number("age_years", "age, as given or in the header"),
    _number("height_cm", "height, as given or in the header"),
    _number("weight_kg", "weight, as given or in the header"),
    _text("given", "further columns of the manifest that were asked to be kept, as JSON"),
)
SERIES = (
    *KEYS,
    _text("key", "key of the series"),
    _text("verdict", "usable or refused"),
    _whole("rank", "place among the usable, 1 is the best"),
    Column(key="measured", kind="BOOLEAN", words="whether the numbers are of it"),
    _text("reasons", "rules and words behind verdict and rank"),
    _text("format", "DICOM or NIfTI"),
    _text("modality", "modality of the header"),
    _whole("images", "number of images"),
)
FLAGS = (
    *KEYS,
    _text("code", "a row of the table of flags"),
    _text("severity", "info, warning or failure"),
    _text("level", "the vertebra that it is about; empty: not one"),
    _text("structure", "the structure that it is about; empty: not one"),
    _text("message", "in words"),
)
_OWN = frozenset(("study_key", "subject_key"))
"""Columns of a single study that ``KEYS`` replace."""
COHORT_TABLES: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "studies": STUDIES,
        "measurements": (*KEYS, *(c for c in MEASUREMENTS if c.key not in _OWN)),
        "series": SERIES,
        "slices": (*KEYS, *SLICES),
        "flags": FLAGS,
    }
)
"""Every table of a cohort by name, with its columns in their order."""
for _name, _columns in COHORT_TABLES.items():
    Registry(f"column of {_name}", _columns)
