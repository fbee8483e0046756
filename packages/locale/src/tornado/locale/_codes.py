"""Locale codes: what is one, how it is written, and what may stand in for it.

A code is a language, optionally with a script, a territory and a modifier: ``en``, ``pt_BR``,
``zh_Hant_TW``, ``ca_ES@valencia``. Browsers write ``-`` for ``_`` and add variants, operating
systems add an encoding; both are understood and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: Longer than any language tag in use; RFC 5646 section 4.4.1 asks for 35 at least.
MAX_CODE_LENGTH = 64

_CODE = re.compile(
    r"""
    ([a-z]{2,8})                        # language
    (?: [-_] ([a-z]{4}) )?              # script
    (?: [-_] ([a-z]{2} | [0-9]{3}) )?   # territory
    ((?: [-_] [a-z0-9]{1,8} )*)         # variants and extensions
    (?: \. [a-z0-9-]+ )?                # encoding
    (?: @ ([a-z0-9]+) )?                # modifier
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

_RTL_LANGUAGES = frozenset((
    "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ji", "ks", "nqo", "prs", "ps", "sd", "syr", "ug",
    "ur", "yi",
))  # fmt: skip
_RTL_SCRIPTS = frozenset(("Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"))


class Code(NamedTuple):
    """The parts of a locale code, each in its usual case and empty if it is not there."""

    language: str
    script: str = ""
    territory: str = ""
    modifier: str = ""

    def __str__(self) -> str:
        text = "_".join(part for part in self[:3] if part)
        return f"{text}@{self.modifier}" if self.modifier else text

    def fallbacks(self) -> Iterator[str]:
        """This code and the more general ones that may stand in for it, the closest first."""
        modifiers = (self.modifier, "") if self.modifier else ("",)
        tried = set()
        for modifier in modifiers:
            for script, territory in (
                (self.script, self.territory),
                ("", self.territory),
                (self.script, ""),
                ("", ""),
            ):
                code = str(Code(self.language, script, territory, modifier))
                if code not in tried:
                    tried.add(code)
                    yield code

    @property
    def rtl(self) -> bool:
        """Whether this is written from right to left."""
        if self.script:
            return self.script in _RTL_SCRIPTS
        return self.language in _RTL_LANGUAGES


def parse_code(text: str, *, exact: bool = False) -> Code | None:
    """The parts of a code in any of its spellings, or None if it is not one.

    With ``exact``, parts that would be left out (variants) make it not a code.
    """
    if len(text) > MAX_CODE_LENGTH:
        return None
    match = _CODE.fullmatch(text)
    if match is None:
        return None
    language, script, territory, variants, modifier = match.groups(default="")
    if exact and variants:
        return None
    return Code(language.lower(), script.title(), territory.upper(), modifier.lower())


def valid_code(text: str) -> str:
    """The usual spelling of a code. Raises `ValueError` if it is not one."""
    code = parse_code(text, exact=True) if isinstance(text, str) else None
    if code is None:
        raise ValueError(f"{text!r} is no locale code: expected something like 'en' or 'pt_BR'")
    return str(code)
