"""Fixtures: an untouched registry for each test, and writers of catalogues."""

import struct

import pytest

import tornado.locale
from tornado.locale._registry import registry


@pytest.fixture(autouse=True)
def _fresh_registry():
    """Every test starts with the locales of a new process."""
    saved = registry._loaded, registry.default
    yield
    registry._loaded, registry.default = saved


@pytest.fixture
def csv(tmp_path):
    """``csv(es="...", fr=b"...")`` writes the files, loads them and gives the folder."""

    def load(encoding=None, **files):
        folder = tmp_path / "csv"
        folder.mkdir(exist_ok=True)
        for code, content in files.items():
            data = content if isinstance(content, bytes) else content.encode("utf-8")
            (folder / f"{code}.csv").write_bytes(data)
        tornado.locale.load_translations(folder, encoding)
        return folder

    return load


def _mo(messages):
    """A catalogue in the format of GNU gettext (little endian, no hash table)."""
    entries = sorted((k.encode("utf-8"), v.encode("utf-8")) for k, v in messages.items())
    count = len(entries)
    tables, strings = [], b""
    start = 28 + 16 * count
    for column in (0, 1):
        for entry in entries:
            tables.append(struct.pack("<II", len(entry[column]), start + len(strings)))
            strings += entry[column] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    return header + b"".join(tables) + strings


@pytest.fixture
def gettext_tree(tmp_path):
    """``gettext_tree(fr={"a": "b"})`` writes and loads catalogues of the domain "site"."""

    def load(plural="nplurals=2; plural=(n > 1);", **catalogues):
        folder = tmp_path / "gettext"
        for code, messages in catalogues.items():
            place = folder / code.replace("AT", "@") / "LC_MESSAGES"
            place.mkdir(parents=True)
            if isinstance(messages, dict):
                header = f"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: {plural}\n"
                messages = _mo({"": header, **messages})
            (place / "site.mo").write_bytes(messages)
        tornado.locale.load_gettext_translations(folder, "site")
        return folder

    return load
