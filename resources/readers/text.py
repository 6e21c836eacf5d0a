"""In which encoding a text is written.

By its byte order mark, else UTF-8 if all of it is, else what a spreadsheet of its language writes: Windows-1252 unless
that gives signs inside words.

Not here: the table inside (`resources.readers.delimited`).
"""

from __future__ import annotations

import codecs
import mmap
import re
from dataclasses import dataclass

from identity.errors import BadInputError
from resources.readers.alphabets import LETTER, by_letters

HINT = "export it as CSV (UTF-8) and import that"
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
STEP = 16 * 1024 * 1024  # bytes
AROUND = 256  # bytes on either side of one that is not UTF-8
SAMPLES = 200
IN_WORD = "¡-©«-¬®-³µ-¶¸-¹»-¿×÷ƒˆ˜†‡•™‰"
NOT_WESTERN = re.compile(
    rf"[^\W\d_][{IN_WORD}][^\W\d_]|(?<!\w)[¢-¦¨¬¯-³¸¹¼-¾][^\W\d_]|[\u00c0-\u00ff]{{3}}"
)  # in no word
CLEARLY = 0.2  # by which one encoding has to explain a text better than the next (charset-normalizer's measures)
OTHERS = [
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_2", "koi8_r", "mac_roman", "cp850",
    "cp932", "gb18030", "big5", "euc_kr",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` of a codec, `start`: bytes of the byte order mark, `unit`: bytes that its smallest character takes."""

    name: str
    start: int = 0

    @property
    def unit(self) -> int:
        """2 for UTF-16, else 1."""
        return 2 if self.name.startswith("utf-16") else 1


def find_encoding(data: mmap.mmap | bytes, name: str) -> Encoding:
    """The encoding of a whole file; refuses `empty_file`, `not_a_table` (binary data), `mixed_encodings` and
    `unknown_encoding`."""
    head = bytes(data[:65536])
    for mark, codec in MARKS:
        if head.startswith(mark):
            start = marks(head, mark)
            _check(data, start, codec, name)
            return Encoding(codec, start)
    if not head.strip(b" \t\r\n\0\x1a"):
        raise BadInputError("empty_file", f"{name} is empty", "export it again")
    wide = _without_mark(head)
    if wide:
        _check(data, 0, wide, name)
        return Encoding(wide)
    if _is_binary(head):
        raise BadInputError("not_a_table", f"{name} holds binary data, not a table of text", HINT)
    samples, multibyte = _not_utf8(data)
    if not samples:
        return Encoding("utf-8")
    if multibyte > len(samples):
        where = bytes(data[: samples[0][0]]).count(b"\n") + 1
        raise BadInputError("mixed_encodings", f"{name} is UTF-8 but not at line {where}", HINT)
    return Encoding(_of_language(b"\n".join(sample for _, sample in samples), name))


def marks(head: bytes, mark: bytes) -> int:
    """The bytes of the marks that a text begins with: two, where a tool has marked what was marked already."""
    start = 0
    while head.startswith(mark, start):
        start += len(mark)
    return start


def text_end(data: mmap.mmap | bytes, encoding: Encoding) -> int:
    """Where a text ends: before the Ctrl-Z that old tools write last."""
    last = "\x1a".encode(encoding.name)
    return len(data) - (len(last) if data[-len(last) :] == last else 0)


def _check(data: mmap.mmap | bytes, start: int, codec: str, name: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    for at in range(start, len(data), STEP):
        try:
            decoder.decode(data[at : at + STEP], final=at + STEP >= len(data))
        except UnicodeDecodeError as error:
            message = f"{name} says that it is {codec} and is not, at byte {at + error.start + 1}"
            raise BadInputError("unreadable_text", message, HINT) from None


def _without_mark(head: bytes) -> str | None:
    """UTF-16 that lacks its byte order mark: in the texts that we see, every other byte is mostly zero."""
    half = max(1, len(head) // 2)
    odd, even = head[1::2].count(0) / half, head[::2].count(0) / half
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else None


def _is_binary(head: bytes) -> bool:
    """A twentieth of it are control characters; zero bytes that some tools leave in cells are few."""
    controls = bytes(set(range(32)) - set(b"\x01\t\n\v\f\r\x1a\x1b"))  # \x01 may stand between cells
    return len(head) - len(head.translate(None, controls)) > max(16, len(head) / 20)


def _not_utf8(data: mmap.mmap | bytes) -> tuple[list[tuple[int, bytes]], int]:
    """Bytes around places that are not UTF-8, with the places, and how many characters of several bytes there are."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data) and len(found) < SAMPLES:
        piece = bytes(data[at : at + STEP])
        try:
            piece.decode("utf-8")
            at += len(piece)
        except UnicodeDecodeError as error:
            cut_short = error.reason == "unexpected end of data" and at + len(piece) < len(data)
            if not cut_short:
                place = at + error.start
                found.append((place, bytes(data[max(0, place - AROUND) : place + AROUND])))
            at += error.start + (0 if cut_short else 1)
    several = _characters_of_several_bytes(bytes(data[: found[-1][0]])) if found else 0
    return found, several


def _characters_of_several_bytes(data: bytes) -> int:
    return len(re.findall(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}", data))


def _of_language(sample: bytes, name: str) -> str:
    """The one-byte or Asian encoding under which a text that is not UTF-8 reads like words; refuses a guess."""
    western = sample.decode("cp1252", "replace")
    if "\ufffd" not in western and not NOT_WESTERN.search(western) and not LETTER.search(western):
        return "cp1252"  # signs alone
    told = by_letters(sample)
    if told is not None and (told != "cp1252" or not NOT_WESTERN.search(western)):
        return told
    from charset_normalizer import from_bytes  # noqa: PLC0415 - only for texts that need it

    ranked = sorted(from_bytes(sample, cp_isolation=OTHERS), key=lambda match: (match.chaos, -match.coherence))
    surest = [(match.chaos, -match.coherence) for match in ranked[:2]]
    if ranked and (len(ranked) == 1 or surest[0][0] + CLEARLY < surest[1][0] or surest[0][1] + CLEARLY < surest[1][1]):
        return ranked[0].encoding
    maybe = " or ".join(match.encoding for match in ranked[:3]) or "none that we know"
    raise BadInputError("unknown_encoding", f"{name} is not UTF-8, and its encoding is unclear ({maybe})", HINT)
