"""Translations from CSV files."""

import sys

import pytest

import tornado.locale
from tornado.locale import CSVLocale, load_translations

SPANISH = '''\
"Sign out","Salir"
One liked this, A una le gustó ,singular
"%(n)d liked this","A %(n)d les gustó","plural"
"plain","simple","unknown"

"comma, ""quoted""","coma
nueva"
'''


def test_translations(csv):
    csv(es=SPANISH)
    es = tornado.locale.get("es_GT")
    assert isinstance(es, CSVLocale)
    assert es.translate("Sign out") == "Salir"
    assert es.translate("plain") == "simple"
    assert es.translate('comma, "quoted"') == "coma\nnueva"
    assert es.translate("not there") == "not there"
    forms = [es.translate("One liked this", "%(n)d liked this", n) for n in (0, 1, 2)]
    assert forms == ["A %(n)d les gustó", "A una le gustó", "A %(n)d les gustó"]
    untranslated = [es.translate("a", "b", n) for n in (0, 1, 2)]
    assert untranslated == ["b", "a", "b"]


def test_context_does_not_matter(csv):
    csv(es=SPANISH)
    es = tornado.locale.get("es")
    assert es.pgettext("menu", "Sign out") == "Salir"
    assert es.pgettext("menu", "One liked this", "%(n)d liked this", 1) == "A una le gustó"


def test_a_plural_needs_a_count(csv):
    csv(es=SPANISH)
    with pytest.raises(ValueError, match="needs a count"):
        tornado.locale.get("es").translate("One liked this", "%(n)d liked this")


def test_supported_locales_are_those_of_the_files(csv):
    folder = csv(es="", fr_CA="")
    (folder / "notes.txt").write_text("not a translation")
    load_translations(str(folder))
    assert tornado.locale.get_supported_locales() == {"en_US", "es", "fr_CA"}


def test_file_names_are_read_in_any_spelling(tmp_path):
    (tmp_path / "pt-br.csv").write_text("yes,sim")
    load_translations(tmp_path)
    assert tornado.locale.get("pt_BR").translate("yes") == "sim"


def test_loading_again_replaces(csv, tmp_path):
    csv(es=SPANISH)
    old = tornado.locale.get("es")
    other = tmp_path / "other"
    other.mkdir()
    (other / "es.csv").write_text("Sign out,Adios")
    load_translations(other)
    assert tornado.locale.get("es").translate("Sign out") == "Adios"
    assert tornado.locale.get("es").translate("plain") == "plain"
    assert old.translate("Sign out") == "Salir"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("é,è".encode(), None),
        ("é,è".encode("utf-8-sig"), None),
        ("é,è".encode("utf-16"), None),
        (b"\xfe\xff" + "é,è".encode("utf-16-be"), None),
        ("é,è".encode("latin-1"), "latin-1"),
    ],
)
def test_encodings(csv, data, encoding):
    csv(encoding, fr=data)
    assert tornado.locale.get("fr").translate("é") == "è"


def test_another_encoding_is_an_error_that_names_the_file(csv):
    with pytest.raises(UnicodeDecodeError) as caught:
        csv(fr="é,è".encode("latin-1"))
    assert "fr.csv" in caught.value.__notes__[0]
    assert "encoding" in caught.value.__notes__[0]


def test_bad_rows_are_logged_and_skipped(csv, expect_log):
    with expect_log("tornado.general", r"fr\.csv:\d+ is skipped", count=3) as records:
        csv(fr='a,1\nalone\nb,2,dual\n"two\nlines",x,plurall\nc,3')
    messages = [r.getMessage() for r in records]
    assert "fr.csv:2 " in messages[0]
    assert "one column" in messages[0]
    assert "fr.csv:3 " in messages[1]
    assert "'dual'" in messages[1]
    assert "fr.csv:5 " in messages[2]
    fr = tornado.locale.get("fr")
    assert [fr.translate(m) for m in "abc"] == ["1", "b", "3"]


def test_what_csv_cannot_read_is_logged_and_skipped(csv, expect_log):
    with expect_log("tornado.general", r"fr\.csv:2 is skipped: field larger"):
        csv(fr="a,1\n" + "x" * 200_000 + "\nb,2\n")
    assert tornado.locale.get("fr").translate("b") == "2"


def test_bad_file_names_are_logged_and_skipped(csv, expect_log):
    with expect_log("tornado.general", r"not a code\.csv is skipped.*pt_BR"):
        csv(es=SPANISH, **{"not a code": "a,b"})
    assert tornado.locale.get_supported_locales() == {"en_US", "es"}


def load_gettext(directory):
    tornado.locale.load_gettext_translations(directory, "site")


@pytest.mark.parametrize("load", [load_translations, load_gettext])
def test_a_missing_directory_is_told(tmp_path, load):
    with pytest.raises(FileNotFoundError, match=r"directory of translations.*nothing"):
        load(tmp_path / "nothing")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"from a directory.*file"):
        load(str(tmp_path / "file"))


# -- more than two plural forms

RUSSIAN = """\
"%(n)d files","%(n)d файл","one"
"%(n)d files","%(n)d файла","few"
"%(n)d files","%(n)d файлов","many"
"%(n)d files","%(n)d файла","other"
"""


def test_cldr_categories(csv):
    pytest.importorskip("babel")
    csv(ru=RUSSIAN + '"one dog","собака",singular\n"dogs","собаки",plural\n')
    ru = tornado.locale.get("ru_RU")
    forms = [ru.translate("one file", "%(n)d files", n) % {"n": n} for n in (1, 2, 5, 21)]
    assert forms == ["1 файл", "2 файла", "5 файлов", "21 файл"]
    # messages without categories follow the old rule beside them
    assert ru.translate("one dog", "dogs", 1) == "собака"
    assert ru.translate("one dog", "dogs", 21) == "собаки"


def test_cldr_categories_without_babel(csv, expect_log, monkeypatch):
    from tornado.locale import _plurals

    monkeypatch.setitem(sys.modules, "babel", None)
    _plurals.plural_rule.cache_clear()
    try:
        with expect_log("tornado.general", r"tornado-locale\[cldr\]", count=4):
            csv(ru=RUSSIAN)
    finally:
        _plurals.plural_rule.cache_clear()
    assert tornado.locale.get("ru").translate("one file", "%(n)d files", 5) == "%(n)d files"
