"""Files that file browsers and disks of other systems leave behind, and that nobody misses."""

from __future__ import annotations

CLUTTER = frozenset({
    *(".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", ".directory", ".localized"),
    *(".spotlight-v100", ".trashes", ".fseventsd", "icon\r", ".apdisk"),
})  # fmt: skip
"""In lower case: of macOS, Windows and KDE."""
CLUTTER_STARTS = ("._", ".nfs", ".fuse_hidden")
"""macOS on foreign disks, and files that are open while they are removed."""
