"""Which one-byte encoding a text is in, by the letters of languages: a text has those of one language, not of several.

`\xf8` is ø in Windows-1252 and ř in Windows-1250; what stands beside it tells which. Not here: encodings that say
themselves which they are (`resources.readers.text`).
"""

from __future__ import annotations

import re

WESTERN = (
    "äöüß", "éèêëàâçîïôûùüœæÿ", "áéíóúñü", "àèéìíòóùú", "áâãàçéêíóôõú", "åäöéü", "æøåéüäö", "ëïéèöüáóíú",
    "ðþáéíóúýæö", "àçèéíòóúüï",
)  # fmt: skip
CENTRAL = ("áčďéěíňóřšťúůýžöü", "ąćęłńóśźż", "áéíóöőúüűä", "áäčďéíĺľňóôŕšťúýž", "ăâîşţșț", "čćđšž")
TURKISH = ("çğıöşüâîİ",)
BALTIC = ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž")
ALPHABETS = {
    "cp1252": WESTERN, "cp1250": CENTRAL, "mac_roman": WESTERN, "cp1254": TURKISH, "cp1257": BALTIC,
    "iso8859_2": CENTRAL,
}  # fmt: skip
LETTER = re.compile(r"[^\W\d_a-zA-Z\u0000-\u007fªº]")
CAMEL = re.compile(r"[a-zß-ÿ][^\W\d_a-zA-Z\u0000-\u007fªº]")
PORTUGUESE = re.compile(r"[õÕ](?![eE])")  # it has ões and õem alone; ő of Hungarian stands anywhere
ENOUGH = 0.8  # share of a text's letters beyond ASCII that the alphabet of one language has


def by_letters(sample: bytes) -> str | None:
    """The encoding under which the letters of a text are those of one language, Windows-1252 first; or of several
    Western ones, where none explains it better. None where none does.
    """
    scores = {encoding: _score(sample, encoding) for encoding in ALPHABETS}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] >= ENOUGH:
        return best
    western = LETTER.findall(sample.decode("cp1252", "replace").lower())
    return "cp1252" if western and set(western) <= {*"".join(WESTERN)} else None


def _score(sample: bytes, encoding: str) -> float:
    if re.search(rb"[\x80-\xff]{5}", sample):
        return 0.0  # no language of these has five such letters in a row
    text = sample.decode(encoding, "replace")
    letters = LETTER.findall(text)
    if not letters or "\ufffd" in text:
        return 0.0
    strange = sum(1 for pair in CAMEL.findall(text) if pair[1].isupper())  # a capital inside a word
    signs = len(re.findall(r"[^\W\d_][¡-¿×÷†‡•™‰][^\W\d_]", text))
    lower = [letter.lower() for letter in letters]
    if encoding == "cp1252":
        strange += len(PORTUGUESE.findall(text)) + (len(letters) if _is_turkish(lower) else 0)
    both = list(zip(letters, lower, strict=True))  # İ in small letters is two
    known = max(sum(a in alphabet or b in alphabet for a, b in both) for alphabet in ALPHABETS[encoding])
    return round((known - strange - signs) / len(letters), 2)


def _is_turkish(letters: list[str]) -> bool:
    """Whether letters are þ ð ý alone, which stand for ş ğ ı: Icelandic has others beside them."""
    return bool({*letters} & {*"þðý"}) and {*letters} <= {*"þðýöüç"}
