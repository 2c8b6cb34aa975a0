"""One module a change; Alembic finds their order in ``down_revision``."""
