"""Settings are typed and checked before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from myotome.errors import InputError
from myotome.service.settings.read import Settings, read_settings


def read(folder: Path, text: str) -> Settings:
    path = folder / "node.toml"
    path.write_text(text)
    return read_settings(path)


def test_the_folder_alone_is_enough(tmp_path: Path) -> None:
    found = read(tmp_path, f'[node]\nfolder = "{tmp_path}"\n')
    assert found.node.url == f"sqlite:///{tmp_path / 'node.db'}"
    assert (found.receive.host, found.web.host) == ("127.0.0.1", "127.0.0.1")


def test_every_section_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '[node]\nfolder = "x"\ndatabase = "postgresql://a@b/c"\n'
        '[receive]\nhost = "10.1.2.3"\nport = 104\ncallers = ["CT1"]\n'
        'addresses = ["10.1.2.0/24"]\nidle_s = 5\n'
        "[studies]\nquiet_s = 3\n[work]\nworkers = 2\n"
        '[[send]]\nname = "pacs"\nhost = "10.1.2.4"\nport = 104\nae_title = "PACS"\n'
        "[web]\nenabled = false\n",
    )
    assert found.node.url == "postgresql://a@b/c"
    assert found.receive.callers == ("CT1",)
    assert isinstance(found.receive.idle_s, float)
    assert (found.send[0].name, found.web.enabled) == ("pacs", False)


NODE = '[node]\nfolder = "x"\n'
PACS = '[[send]]\nname = "a"\nhost = "h"\nport = 1\nae_title = "A"\n'
WRONG = {
    "": "lack",
    "[node]\n": "lacks folder",
    "x = 1": "nothing reads",
    "[[[": "TOML",
    NODE + "colour = 1": "nothing reads: colour",
    NODE + "[receive]\nport = 'x'": "receive.port must be a whole number",
    NODE + "[receive]\nport = true": "receive.port must be a whole number",
    NODE + "[receive]\nport = -1": "at least 0",
    NODE + "[receive]\ncallers = [1]": "a list of texts",
    NODE + "[receive]\ncallers = ['A title that is too long']": "AE title",
    NODE + "[receive]\naddresses = ['hospital']": "no address",
    NODE + "[receive]\nhost = '0.0.0.0'": "who may send",
    NODE + "[receive]\nhost = '0.0.0.0'\ncallers = ['A']\naddresses = ['0.0.0.0/0']": "who may",
    NODE + "[web]\nhost = '0.0.0.0'": "not a loopback",
    NODE + "[web]\nhost = 'myotome.hospital'": "not a loopback",
    NODE + "[work]\ntimeout_s = nan": "at least 1",
    NODE + "[send]\nname = 'a'": r"\[\[send\]\]",
    NODE + PACS + PACS: "one name",
    NODE + PACS + "[work]\ndicom = false": "none to send",
    NODE + "[[send]]\nname = 'a'\nhost = 'h'": "lacks port, ae_title",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_unknown_mistyped_or_unsafe_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=WRONG[text]):
        read(tmp_path, text)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_settings(tmp_path / "none.toml")
