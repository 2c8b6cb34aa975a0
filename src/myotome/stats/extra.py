"""Whether the libraries of the statistics are here."""

from __future__ import annotations

import importlib.util

from myotome.errors import InputError

LIBRARIES = ("pandas", "statsmodels", "lifelines", "matplotlib")


def require(*libraries: str) -> None:
    """Refuse (InputError) where one of ``libraries`` is not installed; none given means all."""
    missing = [n for n in libraries or LIBRARIES if importlib.util.find_spec(n) is None]
    if missing:
        raise InputError(
            f"The statistics need {', '.join(missing)}, which is not installed.",
            mend="pip install 'myotome[stats]'",
        )
