"""The guard in front of static files: what is inside a directory, links and Windows included."""

import os

import pytest

from tornado.web._static_paths import is_inside, is_treacherous_on_windows, links_stay_inside


@pytest.mark.parametrize(
    "path, directory, expected",
    [
        ("/static/a", "/static", True),
        ("/static", "/static", True),
        ("/static/a/b", "/static/a", True),
        ("/a", "/", True),
        ("/static_foo/a", "/static", False),
        ("/static_foo", "/static", False),
        ("/stati", "/static", False),
        ("/", "/static", False),
    ],
)
def test_inside_goes_by_whole_names(path, directory, expected):
    assert is_inside(path, directory) is expected


@pytest.mark.parametrize(
    "path",
    [
        "a.txt:stream",
        "a.txt::$DATA",
        "C:a",
        "con",
        "CON",
        "sub/nul.txt",
        "sub\\aux",
        "com1.tar.gz",
        "LPT\xb9",
        "prn .txt",
        "conin$",
        "a.txt.",
        "a.txt ",
        "dir./a",
    ],
)
def test_names_that_windows_reads_otherwise(path):
    assert is_treacherous_on_windows(path)


@pytest.mark.parametrize(
    "path", ["a.txt", "console", "com", "com10", "null", ".hidden", "a b", "..", "."]
)
def test_names_that_windows_reads_as_they_are(path):
    assert not is_treacherous_on_windows(path)


@pytest.fixture
def tree(tmp_path):
    """root/{file,sub/file}, links in and out of root, and a link to root itself."""
    for name in ("root/sub", "outside", "root_two"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("root/file", "root/sub/file", "outside/file", "root_two/file"):
        (tmp_path / name).write_text(name)
    root = tmp_path / "root"
    (root / "inner").symlink_to("sub/file")
    (root / "innerdir").symlink_to("sub")
    (root / "outer").symlink_to("../outside/file")
    (root / "outerdir").symlink_to(tmp_path / "outside")
    (root / "neighbor").symlink_to("../root_two/file")
    (root / "chain").symlink_to("outerdir/file")
    (root / "loop").symlink_to("loop")
    (tmp_path / "alias").symlink_to("root")
    return tmp_path


@pytest.mark.parametrize("root", ["root", "alias"])
@pytest.mark.parametrize(
    "name, expected",
    [
        ("file", True),
        ("sub/file", True),
        ("inner", True),
        ("innerdir/file", True),
        ("outer", False),
        ("outerdir/file", False),
        ("outerdir", False),
        ("neighbor", False),
        ("chain", False),
    ],
)
def test_links(tree, root, name, expected):
    directory = str(tree / root)
    assert links_stay_inside(os.path.join(directory, name), directory, None) is expected


def test_links_into_allowed_directories(tree):
    root, outside, other = str(tree / "root"), str(tree / "outside"), str(tree / "root_two")
    for name in ("outer", "outerdir/file", "chain"):
        path = os.path.join(root, name)
        assert links_stay_inside(path, root, outside)
        assert links_stay_inside(path, root, tree / "outside")
        assert links_stay_inside(path, root, [other, outside])
        assert not links_stay_inside(path, root, other)
        assert not links_stay_inside(path, root, [])
    assert not links_stay_inside(os.path.join(root, "neighbor"), root, str(tree / "root"))


@pytest.mark.parametrize("name", ["missing", "sub/missing/x", "file/x", "x" * 5000, "a\0b"])
def test_what_does_not_exist_is_an_error(tree, name):
    with pytest.raises((OSError, ValueError)):
        links_stay_inside(str(tree / "root" / name), str(tree / "root"), None)
