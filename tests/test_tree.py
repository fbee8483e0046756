"""The tree itself: no file grows without end, nothing names one machine, the namespace is free."""

import re
import subprocess
import tempfile
from pathlib import Path

import members
import pytest

LONGEST = 600
SKIPPED = {".git", ".venv", ".hatch", "dist", "build", ".envs", "__pycache__"}


def tracked():
    """The files of the repository; outside of one (an unpacked archive) all that are there."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=members.ROOT,
        capture_output=True,
    )
    if done.returncode == 0:
        found = [members.ROOT / name.decode() for name in done.stdout.split(b"\0") if name]
    else:
        found = [
            file
            for file in members.ROOT.rglob("*")
            if not SKIPPED & set(file.relative_to(members.ROOT).parts)
        ]
    return [file for file in found if file.is_file()]


FILES = tracked()


def texts():
    for file in FILES:
        try:
            yield file.relative_to(members.ROOT), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a catalogue


def test_the_repository_was_found():
    assert members.ROOT / "tests" / "test_tree.py" in FILES


def test_no_file_is_too_long():
    long = {
        str(file): text.count("\n")
        for file, text in texts()
        if file.suffix in (".py", ".c", ".js", ".css", ".html") and text.count("\n") > LONGEST
    }
    assert long == {}, f"past {LONGEST} lines: look for the seam"


def test_the_namespace_has_one_owner():
    faces = {file.relative_to(members.ROOT) for file in FILES if file.name == "__init__.py"}
    owners = [face for face in faces if face.parent.name == "tornado"]
    assert owners in ([], [Path("packages/all/src/tornado/__init__.py")])


def test_a_shared_folder_of_the_namespace_has_no_face():
    faces = [file for file in FILES if file.match("tornado/platform/__init__.py")]
    assert faces == []


def own_places():
    """Folders of the machine this runs on that no file may name."""
    places = [members.ROOT, Path.home()]
    if members.ROOT.parent not in (Path("/"), Path(tempfile.gettempdir())):
        places.append(members.ROOT.parent)
    return [str(place).rstrip("/") + "/" for place in places if place != Path("/")]


def names_a_place(text, places):
    """The places that the text names as a path of their own, not as the tail of another path."""
    return [p for p in places if re.search(r"(?<![\w.*~})-])" + re.escape(p), text)]


def test_no_file_names_a_path_of_this_machine():
    places = own_places()
    found = {str(file): names for file, text in texts() if (names := names_a_place(text, places))}
    assert found == {}


@pytest.mark.parametrize(
    "text, expected",
    [
        ('open("/some/place/x")', ["/some/place/"]),
        ("see /some/place/README.md", ["/some/place/"]),
        ("packages/some/place/x", []),
        ("{root}/some/place/x", []),
    ],
)
def test_a_path_is_told_from_the_tail_of_one(text, expected):
    assert names_a_place(text, ["/some/place/"]) == expected


def test_texts_end_with_one_newline_and_have_no_stray_carriage_returns():
    wrong = [
        str(file)
        for file, text in texts()
        if file.suffix in (".py", ".md", ".toml", ".c")
        and text
        and (not text.endswith("\n") or text.endswith("\n\n") or "\r" in text)
    ]
    assert wrong == []
