"""How large the core installation is: Myotome and what it requires, without extras."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

NAME = re.compile(r"^[A-Za-z0-9._-]+")


def core_megabytes() -> float:
    """Bytes of every file that the core's distributions list, in MB (compiled caches too)."""
    seen: set[str] = set()
    queue, total = ["myotome"], 0
    while queue:
        name = queue.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # required on another platform or Python only
        for file in found.files or ():
            path = file.locate()
            total += path.stat().st_size if path.is_file() else 0
        for requirement in found.requires or ():
            match = NAME.match(requirement)
            if match and "extra ==" not in requirement:
                queue.append(match.group())
    return total / 1e6
