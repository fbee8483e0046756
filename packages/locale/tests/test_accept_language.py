"""from_accept_language: RFC 9110 section 12.5.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tornado.locale
from tornado.locale import from_accept_language
from tornado.locale._accept import MAX_HEADER_LENGTH, MAX_LANGUAGES, accepted_languages


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("da, en-gb;q=0.8, en;q=0.7", ["da", "en-gb", "en"]),
        ("en;q=0.5, fr", ["fr", "en"]),
        ("en;q=0.5,fr;q=0.5", ["en", "fr"]),
        ("en ; q=0.5 , fr ;\tQ = 1.000", ["fr", "en"]),
        ("en;q=0, fr;q=0.000, de;q=0.001", ["de"]),
        ("en;q=2, fr;q=-1, de;q=x, es;q=, it;level=1, pt;q=0.5;x", []),
        ("en;q=nan, fr;q=inf, de;q=1e9, es;q=\u0661", []),
        (", ,;q=1,en", ["en"]),
        ("", []),
        ("*", ["*"]),
    ],
)
def test_order_of_the_languages(header, tags):
    assert accepted_languages(header) == tags


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("es-GT,es;q=0.9,en;q=0.8", "es"),
        ("xx,fr-CA;q=0.5", "fr_CA"),
        # content with another territory, rather than with another language
        ("fr,en;q=0.5", "fr_CA"),
        ("en-GB,es;q=0.5", "en_US"),
        ("zh-Hant,en;q=0.5", "zh_TW"),
        ("zh-Hans", "zh_CN"),
        ("zh-TW", "zh_TW"),
        ("xx", "en_US"),
        ("*", "en_US"),
        ("xx,*;q=0.5,es;q=0.1", "en_US"),
        ("es;q=0", "en_US"),
        (None, "en_US"),
        ("", "en_US"),
    ],
)
def test_choice(csv, header, code):
    csv(es="", fr_CA="", zh_CN="", zh_TW="")
    assert from_accept_language(header).code == code


def test_default(csv):
    csv(es="", fr_CA="")
    assert from_accept_language("xx", "es-MX").code == "es"
    assert from_accept_language(None, "fr_CA").code == "fr_CA"
    tornado.locale.set_default_locale("es")
    assert from_accept_language("xx", "qq").code == "es"


def test_the_header_is_looked_at_up_to_a_limit():
    assert len(accepted_languages("en," * 10_000)) == MAX_LANGUAGES
    assert accepted_languages(" " * MAX_HEADER_LENGTH + "en") == []
    hostile = ["en" + ";" * 100_000, "en;q=" + " " * 100_000, "-" * 100_000, "a-" * 50_000]
    for header in hostile:
        assert from_accept_language(header).code == "en_US"


@given(st.text(st.sampled_from("enfr-_,;q=01.* \t\u00e9@"), max_size=80))
def test_any_header_gives_a_locale(header):
    assert from_accept_language(header).code == "en_US"
