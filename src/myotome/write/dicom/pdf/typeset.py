"""HTML to PDF by WeasyPrint. As a program of its own it imports nothing else of Myotome.

``python typeset.py < page.html > page.pdf``
"""

from __future__ import annotations

import gc
import logging
import sys


def load() -> None:
    """Import the renderer, which takes longest. Refuses (ImportError, OSError) without it."""
    import weasyprint  # noqa: F401


def typeset(html: str) -> bytes:
    """``html`` as PDF, on the pages that its style asks for. Only ``data:`` URIs are loaded."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # it warns of every style that paper does not know
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    pdf: bytes = HTML(string=html, url_fetcher=fetcher, media_type="print").write_pdf()
    return pdf


def _main() -> None:
    gc.disable()  # a short life: collecting would cost a fifth of it
    load()
    sys.stdout.buffer.write(typeset(sys.stdin.buffer.read().decode("utf-8")))


if __name__ == "__main__":
    _main()
