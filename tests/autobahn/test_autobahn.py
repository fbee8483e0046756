"""A selection of Autobahn's cases for both roles; ``python tools/autobahn.py --all`` runs all 517.

Left out are the large messages of section 9 and most of the compression cases, each of which is a
thousand messages.
"""

import autobahn
import pytest
from absence import not_here

CASES = [
    *("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"),
    *("9.1.1", "9.2.1", "9.3.1", "9.5.1", "9.7.1"),
    *("12.1.1", "12.2.3", "13.3.2", "13.5.1"),
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    try:
        wstest = autobahn.prepare()
    except autobahn.Missing as missing:
        not_here(str(missing))
    return autobahn.run_roles(wstest, autobahn.ROLES, CASES, tmp_path_factory.mktemp("autobahn"))


@pytest.mark.slow
@pytest.mark.timeout(300)  # the first time the suite is installed
@pytest.mark.parametrize("role", autobahn.ROLES)
def test_the_conformance_suite_finds_nothing_that_is_not_expected(results, role):
    assert len(results[role]) > 250
    assert autobahn.surprises(results[role], autobahn.expectations(role)) == []


def test_a_case_that_fails_gets_worse_or_gets_better_is_a_surprise():
    results = {
        "1.1.1": "OK",
        "6.4.1": "NON-STRICT",
        "7.1.6": "INFORMATIONAL",
        "9.1.1": "OK+UNCLEAN",
    }
    assert autobahn.surprises(results, {"6.4.1": "NON-STRICT"}) == [
        "case 9.1.1: OK+UNCLEAN, expected OK"
    ]
    assert autobahn.surprises({"6.4.1": "OK"}, {"6.4.1": "NON-STRICT"}) == [
        "case 6.4.1: OK, expected NON-STRICT"
    ]


def test_without_its_python_it_is_told_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(autobahn.Missing, match=r"pyenv install 2\.7"):
        autobahn.find_python()
