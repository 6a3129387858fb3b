"""The name of a Creative Commons licence in all its spellings.

``CC BY-NC 4.0``, ``cc-by-nc-sa-3.0``, the long names in English and Japanese, the addresses.
"""

from __future__ import annotations

import re

ADDRESS = re.compile(
    r"<?(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/?"
    r"([1-4]\.\d)?(?:/[a-z.-]*)*>?"
)
WORDS = {  # in the order in which they are replaced
    r"creative\s*commons|クリエイティブ\s*・?\s*コモンズ": "cc",
    r"non[\s-]*commerc?ial|非営利|non[\s-]*comm?ercial": "nc",
    r"no[\s-]*deriv(?:ative)?s?(?:\s*works?)?|改変禁止": "nd",
    r"share[\s-]*alike|継承": "sa",
    r"attribution|表示": "by",
    r"\bcc\s*-?\s*(?:0|zero)(?:[\s-]*1\.0)?\b": "cc zero",
    r"(?<![a-z])cc(?=(?:by|nc|nd|sa)\b)": "cc",
    r"(?<![a-z])by(?=(?:nc|nd|sa)\b)": "by",
    r"(?<![a-z])nc(?=(?:nd|sa)\b)": "nc",
}
NOISE = {
    "+",
    *("license", "licence", "licensed", "under", "the", "a", "international", "unported"),
    *("version", "v", "generic", "intl", "ライセンス", "universal", "united", "states", "kingdom"),
    *("us", "uk", "de", "fr", "es", "it", "jp", "nl", "at", "ch", "pl", "br", "ca", "au", "nz"),
    *("se", "cn", "tw", "kr", "igo", "germany", "france", "japan", "spain", "italy"),
}


def creative_commons_name(text: str) -> str | None:
    """The short name, "" where something of the text is not understood, None for other licences.

    >>> creative_commons_name("Attribution-Noncommercial-Share Alike 3.0 United States")
    'CC-BY-NC-SA-3.0'
    """
    plain = ADDRESS.sub(r" cc \1 \2 ", text.casefold())
    for pattern, short in WORDS.items():
        plain = re.sub(pattern, f" {short} ", plain)
    tokens = re.findall(r"\d+(?:\.\d+)?|[^\W\d_]+|[^\s\w()/._:-]", plain)
    elements = [token for token in tokens if token in ("by", "nc", "nd", "sa")]
    if "cc" not in tokens and not elements[:1] == tokens[:1] == ["by"]:
        return None
    numbers = [token for token in tokens if re.fullmatch(r"[1-4](?:\.\d)?", token)]
    versions = [token if "." in token else f"{token}.0" for token in numbers]
    rest = set(tokens) - set(elements) - set(numbers) - NOISE - {"cc"}
    if "zero" in rest and not elements:
        rest -= {"zero"}
        return "" if rest else "CC0-1.0"
    if rest or not elements or len(set(versions)) > 1:
        return ""
    ordered = [element for element in ("by", "nc", "nd", "sa") if element in elements]
    return "-".join(["CC", *ordered, *versions[:1]]).upper()
