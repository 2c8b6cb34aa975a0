"""UIDs that follow from what they name, so that the same result has the same objects."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid

from myotome.nouns.study.result import StudyResult
from myotome.write.data import assessed
from myotome.write.data.document import landmarks_document, measurements_document


def derived_uid(*names: str) -> str:
    """A UID below 2.25 (PS3.5 B.2) made of some words: the same for the same words."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def identity_of(result: StudyResult) -> str:
    """A digest of all that objects are made of: numbers, masks, person, answers and the time.

    Results that differ in anything, or in when they were made, have other UIDs: an instance
    never changes under its UID (PS3.5 9). Runs with a fixed ``now`` have the same.
    """
    made, masks = result.provenance, result.segmentation
    told = (
        *(made.input_sha256, made.started_utc, made.engine, dict(made.configuration)),
        measurements_document(result),
        landmarks_document(result.landmarks, result.slab),
        None if result.assessed is None else assessed.document(result.assessed),
    )
    digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
    for array in (masks.labels, masks.compartments):
        if array is not None:
            digest.update(array.tobytes())
    return digest.hexdigest()


def any_identity() -> str:
    """Words that nobody has used, for objects of no known result."""
    return secrets.token_hex(16)
