"""Codes, names, directions, and which locale is the closest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tornado.locale
from tornado.locale import LOCALE_NAMES, CSVLocale, Locale


def test_without_translations_there_is_the_default():
    assert tornado.locale.get_supported_locales() == {"en_US"}
    assert tornado.locale.get("fr").code == "en_US"
    assert tornado.locale.get().code == "en_US"
    assert tornado.locale.get("fr").translate("as it is") == "as it is"


def test_the_stray_parameter_of_2009():
    assert tornado.locale.get_supported_locales(None) == {"en_US"}


@pytest.mark.parametrize(
    ("code", "closest"),
    [
        ("es_GT", "es"),
        ("es-GT", "es"),
        ("ES-gt", "es"),
        ("es", "es"),
        ("fr_CA", "fr_CA"),
        ("fr-ca", "fr_CA"),
        ("fr_CA.UTF-8", "fr_CA"),
        ("fr", "en_US"),
        ("fr_FR", "en_US"),
        ("zh-Hant-TW", "zh_TW"),
        ("zh_Hant", "en_US"),
        ("sr-Latn-RS", "sr_Latn"),
        ("sr-RS", "en_US"),
        ("es-GT-x-private-1996", "es"),
        ("ca_ES@valencia", "ca"),
        ("xx", "en_US"),
        ("", "en_US"),
        (None, "en_US"),
        ("_", "en_US"),
        ("../es", "en_US"),
        ("es\n", "en_US"),
        ("es" * 100, "en_US"),
    ],
)
def test_closest(csv, code, closest):
    csv(es="", fr_CA="", zh_TW="", sr_Latn="", ca="")
    assert tornado.locale.get(code).code == closest
    assert Locale.get_closest(code).code == closest


def test_the_first_code_that_has_a_locale(csv):
    csv(es="", fr="")
    assert tornado.locale.get("xx", None, "fr-CA", "es").code == "fr"


def test_default_locale(csv):
    csv(es="")
    tornado.locale.set_default_locale("pt-br")
    assert tornado.locale.get("xx").code == "pt_BR"
    assert tornado.locale.get_supported_locales() == {"es", "pt_BR"}


@pytest.mark.parametrize("code", ["", "english language", "e", "../x", "en_US_", None, "en_US\n"])
def test_default_locale_must_be_a_code(code):
    with pytest.raises(ValueError, match="no locale code: expected something like"):
        tornado.locale.set_default_locale(code)
    assert tornado.locale.get("xx").code == "en_US"


def test_get_is_exact_and_always_the_same_object(csv):
    csv(es="")
    assert Locale.get("es") is Locale.get("es") is tornado.locale.get("es_GT")
    with pytest.raises(ValueError, match=r"'es_GT' has no translations here.*en_US, es"):
        Locale.get("es_GT")


def test_names():
    assert tornado.locale.get("en_US").name == "English (US)"
    names = {code: CSVLocale(code, {}).name for code in ("fr_FR", "fr", "pt_AO", "zh", "qq")}
    assert names == {
        "fr_FR": "Français",
        "fr": "Français",
        "pt_AO": "Português",
        "zh": "中文",
        "qq": "qq",
    }
    assert LOCALE_NAMES["de_DE"] == {"name_en": "German", "name": "Deutsch"}
    assert len(LOCALE_NAMES) >= 62
    assert all(set(names) == {"name", "name_en"} for names in LOCALE_NAMES.values())


@pytest.mark.parametrize(
    ("code", "rtl"),
    [
        ("ar", True),
        ("ar_EG", True),
        ("fa_IR", True),
        ("he", True),
        ("ur_PK", True),
        ("pa_Arab", True),
        ("pa_IN", False),
        ("uz_Latn_UZ", False),
        ("arn", False),
        ("en_US", False),
        ("heb", False),
    ],
)
def test_direction(code, rtl):
    assert CSVLocale(code, {}).rtl is rtl


@given(st.text(max_size=100))
def test_any_text_gives_a_locale(text):
    assert tornado.locale.get(text).code == "en_US"


def test_reading_the_face():
    for name in tornado.locale.__all__:
        shown = getattr(tornado.locale, name)
        if callable(shown):
            assert shown.__module__ == "tornado.locale"
    assert repr(tornado.locale.get()) == "<CSVLocale en_US>"
