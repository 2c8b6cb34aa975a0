"""Keys that tell studies and people apart without naming them, the same in every run."""

from __future__ import annotations

import hashlib
import hmac

PUBLIC_SALT = "myotome: a public salt"
"""The salt of keys where the user has none.

It is known to everybody: whoever has the UID of a study or the ID of a patient can make its key
and find it among results, and IDs that are short numbers can be tried one after the other. Only
a secret salt of one's own hides that.
"""
_DIGITS = 16


def pseudonym(kind: str, value: str, salt: str = PUBLIC_SALT) -> str:
    """HMAC-SHA256 of a UID or ID with ``salt``, 16 hexadecimal digits; "" for no value.

    ``kind`` ("study", "subject") keeps equal values of two kinds apart.

    >>> pseudonym("study", "1.2.3") == pseudonym("study", "1.2.3")
    True
    >>> pseudonym("study", "1.2.3", "my own secret") == pseudonym("study", "1.2.3")
    False
    """
    if not value:
        return ""
    message = f"{kind}\0{value}".encode()
    return hmac.new(salt.encode(), message, hashlib.sha256).hexdigest()[:_DIGITS]
