"""docs/how-to/serve.md is what the settings and tables say, and its settings can be read."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from myotome.service.settings.read import read_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "serve.md"


def test_the_page_is_what_the_tables_say() -> None:
    spec = importlib.util.spec_from_file_location("serve_page", ROOT / "scripts" / "serve_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.page() == PAGE.read_text(encoding="utf-8"), "run python scripts/serve_page.py"


def test_its_settings_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "node.toml"
    path.write_text(example)
    found = read_settings(path)
    assert (found.receive.callers, found.send[0].name) == (("CT1", "PACS"), "pacs")
