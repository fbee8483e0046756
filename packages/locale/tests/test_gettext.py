"""Translations from gettext catalogues, written here byte by byte."""

import pytest

import tornado.locale
from tornado.locale import CONTEXT_SEPARATOR, GettextLocale

FRENCH = {
    "school": "école",
    "%d day\0%d days": "%d jour\0%d jours",
    "law\x04right": "le droit",
    "good\x04right": "le bien",
    "organization\x04club\0organization\x04clubs": "le club\0les clubs",
    "club\0clubs": "la massue\0les massues",
}


def test_translate(gettext_tree):
    gettext_tree(fr_FR=FRENCH)
    fr = tornado.locale.get("fr_FR")
    assert isinstance(fr, GettextLocale)
    assert fr.translate("school") == "école"
    assert fr.translate("not there") == "not there"
    # the rule is that of the catalogue: zero is singular in French
    assert [fr.translate("%d day", "%d days", n) for n in (0, 1, 2)] == [
        "%d jour",
        "%d jour",
        "%d jours",
    ]
    with pytest.raises(ValueError, match="needs a count"):
        fr.translate("%d day", "%d days")


def test_nothing_is_not_the_header_of_the_catalogue(gettext_tree):
    gettext_tree(fr=FRENCH)
    assert tornado.locale.get("fr").translate("") == ""


def test_pgettext(gettext_tree):
    gettext_tree(fr=FRENCH)
    fr = tornado.locale.get("fr")
    assert CONTEXT_SEPARATOR == "\x04"
    assert fr.pgettext("law", "right") == "le droit"
    assert fr.pgettext("good", "right") == "le bien"
    assert fr.pgettext("organization", "club", "clubs", 1) == "le club"
    assert fr.pgettext("organization", "club", "clubs", 2) == "les clubs"
    # without a translation of its own, the context does not matter
    assert fr.pgettext("stick", "club", "clubs", 2) == "les massues"
    assert fr.pgettext("building", "school") == "école"
    assert fr.pgettext("x", "not there") == "not there"
    assert fr.pgettext("x", "not there", "nor these", 2) == "nor these"


def test_four_plural_forms(gettext_tree):
    gettext_tree(
        plural="nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 ? 1 : 2);",
        ru={"file\0files": "файл\0файла\0файлов"},  # noqa: RUF001
    )
    ru = tornado.locale.get("ru")
    assert [ru.translate("file", "files", n) for n in (1, 2, 5, 21)] == [
        "файл",
        "файла",
        "файлов",
        "файл",
    ]


def test_codes(gettext_tree):
    gettext_tree(fr=FRENCH, zh_Hant_TW={"a": "b"}, caATvalencia={"a": "c"})
    assert tornado.locale.get_supported_locales() == {
        "en_US",
        "fr",
        "zh_Hant_TW",
        "ca@valencia",
    }
    assert tornado.locale.get("zh-hant-tw").translate("a") == "b"
    assert tornado.locale.get("ca_ES@valencia").translate("a") == "c"


def test_default_without_a_catalogue(gettext_tree):
    gettext_tree(fr=FRENCH)
    assert tornado.locale.get("xx").code == "en_US"
    assert tornado.locale.get("xx").translate("school") == "school"


def test_other_domains_and_files_are_left_alone(gettext_tree):
    folder = gettext_tree(fr=FRENCH)
    (folder / "README").write_text("")
    (folder / "de" / "LC_MESSAGES").mkdir(parents=True)
    tornado.locale.load_gettext_translations(str(folder), "site")
    assert tornado.locale.get_supported_locales() == {"en_US", "fr"}
    tornado.locale.load_gettext_translations(folder, "other")
    assert tornado.locale.get_supported_locales() == {"en_US"}


@pytest.mark.parametrize("data", [b"", b"not a catalogue", b"\xde\x12\x04\x95" + b"\xff" * 40])
def test_a_broken_catalogue_is_logged_and_skipped(gettext_tree, expect_log, data):
    with expect_log("tornado.general", r"de/LC_MESSAGES/site\.mo is skipped", count=1):
        gettext_tree(fr=FRENCH, de=data)
    assert tornado.locale.get_supported_locales() == {"en_US", "fr"}


def test_a_bad_code_is_logged_and_skipped(gettext_tree, expect_log):
    with expect_log("tornado.general", r"not-a-code-at-all.*is skipped.*pt_BR", count=1):
        gettext_tree(fr=FRENCH, **{"not-a-code-at-all": FRENCH})


def test_months_are_translated(gettext_tree):
    import datetime

    gettext_tree(fr={"April": "avril", "%(month_name)s %(day)s": "%(day)s %(month_name)s"})
    fr = tornado.locale.get("fr")
    assert fr.format_day(datetime.datetime(2013, 4, 28), dow=False) == "28 avril"
