"""The tables of the node. Times are seconds since 1970 (``_s``); keys are pseudonyms.

UIDs stand in ``studies`` and ``instances`` alone; jobs, audit and log know the keys only.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
UID_LENGTH = 64

STUDIES = Table(
    "studies",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String(32), nullable=False, unique=True),
    Column("uid", String(UID_LENGTH), nullable=False, unique=True),
    Column("folder", String(40), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("received_s", Double, nullable=False),
    Index(None, "state", "received_s"),
)
"""Studies that were received. ``folder`` is a name that we made, ``received_s`` the last image's
time."""

INSTANCES = Table(
    "instances",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("study_id", ForeignKey("studies.id"), nullable=False, index=True),
    Column("uid", String(UID_LENGTH), nullable=False, unique=True),
    Column("series_uid", String(UID_LENGTH), nullable=False),
    Column("sop_class", String(UID_LENGTH), nullable=False),
    Column("syntax", String(UID_LENGTH), nullable=False),
    Column("file", String(80), nullable=False, unique=True),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received_s", Double, nullable=False),
)
"""Images that are in the spool. ``file`` is below the spool folder; ``sha256`` is of the dataset
as it came."""

JOBS = Table(
    "jobs",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("key", String(64), nullable=False, unique=True),
    Column("study", String(32), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_s", Double, nullable=False),
    Column("lease", String(32)),
    Column("lease_until_s", Double),
    Column("fault", String(64)),
    Column("message", Text),
    Column("result", Text),
    Column("created_s", Double, nullable=False),
    Column("changed_s", Double, nullable=False),
    Index(None, "state", "kind", "due_s"),
    Index(None, "study", "kind"),
)
"""Work to do, each piece once. ``key`` says what makes it the same work; ``lease`` is the token of
who has it; ``payload`` is JSON."""

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at_s", Double, nullable=False),
    Column("subject", String(16), nullable=False),
    Column("subject_id", Integer, nullable=False),
    Column("event", String(16), nullable=False),
    Column("before", String(16), nullable=False),
    Column("after", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("words", Text, nullable=False),
    Index(None, "subject", "subject_id"),
)
"""Every change of state of every job and study. Rows are only ever added."""
