"""Lines of text of any script: their direction, their letters, their shapes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.comfy.lettering import Line, fitted, legible
from resources.comfy.lettering.direction import in_order, levels
from resources.comfy.lettering.letters import faces, has, names
from resources.comfy.lettering.line import HEIGHT, shaped

WORLD = [
    ("NotoSans", "Żaneta Öström Ελένη Київ Nguyễn"),
    ("NotoSansArabic", "مريم"),
    ("NotoSansHebrew", "שרה"),
    ("NotoSansDevanagari", "प्रिया"),
    ("NotoSansThai", "สมชาย"),
    ("NotoSansCJK", "王小明山田太郎김철수カナ"),
    ("NotoSansBengali", "আমার"),
    ("NotoSansTamil", "தமிழ்"),
    ("NotoSansEthiopic", "አማርኛ"),
    ("NotoSansGeorgian", "ქართული"),
    ("NotoSansArmenian", "Հայ"),
]


def seen(text: str) -> str:
    """A line's letters from left to right."""
    level = levels(text)
    return "".join(text[place] for place in in_order(list(range(len(text))), lambda place: level[place]))


def numbers(line: Line) -> list[int]:
    return [glyph.number for glyph in line.glyphs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann 12", [0, 0, 0, 0, 0, 0]),
        ("אב", [1, 1]),
        ("אב 12", [1, 1, 1, 2, 2]),
        ("a אב", [0, 0, 1, 1]),
        ("אב (IBM)", [1, 1, 1, 1, 2, 2, 2, 1]),
        ("Ann (אב) 3", [0, 0, 0, 0, 0, 1, 1, 0, 0, 2]),
        ("אב 3.5%", [1, 1, 1, 2, 2, 2, 2]),
        ("12", [0, 0]),
        ("", []),
    ],
)
def test_each_letter_has_the_level_of_uax_9(text: str, expected: list[int]) -> None:
    assert levels(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", "abc"),
        ("אבג", "גבא"),
        ("שרה (IBM) 3", "3 (IBM( הרש"),  # brackets are mirrored when they are drawn
        ("Ann אב 12 ג", "Ann ג 12 בא"),
        ("مريم 12", "12 ميرم"),
    ],
)
def test_a_line_is_put_in_the_order_in_which_it_is_seen(text: str, expected: str) -> None:
    assert seen(text) == expected.replace("(IBM(", ")IBM(")


@given(st.text(alphabet="abאבم12 .,()%-[]\u0301\u200d"))
def test_order_loses_and_adds_nothing(text: str) -> None:
    assert sorted(seen(text)) == sorted(text)


@pytest.mark.parametrize(("font", "text"), WORLD)
def test_every_script_of_the_world_has_its_font(font: str, text: str) -> None:
    assert legible(text) == text
    assert set(faces(text.replace(" ", ""))) == {font}
    assert 0 not in numbers(shaped(text))


@given(st.text())
def test_no_line_shows_the_box_of_a_missing_letter(text: str) -> None:
    assert 0 not in numbers(shaped(legible(text)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ann\n\t Example\u202e\x00", "Ann Example"),
        ("e\u0301a", "éa"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ᐃᓄᒃ", "inok"),
        ("\U0010fffe\ue000\ud800", ""),
        ("", ""),
    ],
)
def test_what_no_font_has_is_written_in_ascii(text: str, shown: str) -> None:
    assert legible(text) == shown


def test_arabic_letters_are_joined_and_stand_from_the_right() -> None:
    joined = numbers(shaped("مريم"))
    assert joined[-1] != numbers(shaped("م"))[0]  # its shape depends on the neighbours
    assert joined[-1] == numbers(shaped("مرجان"))[-1]  # and what is read first stands last


def test_devanagari_signs_form_clusters() -> None:
    assert len(numbers(shaped("क्षि"))) < len("क्षि")


def test_han_is_drawn_as_the_readers_of_the_line_do() -> None:
    assert numbers(shaped("骨"))[0] != numbers(shaped("骨の"))[0]


def test_a_line_that_does_not_fit_is_cut_between_letters() -> None:
    line = fitted("Wilhelmina " * 30, 40, 500)
    assert 450 < line.width * 40 <= 500
    assert numbers(line)[-1] == numbers(shaped("…"))[0]
    assert fitted("Ann", 40, 500) == shaped("Ann")
    assert numbers(fitted("Ann", 40, 10)) in ([], numbers(shaped("…")))


@given(st.text(), st.integers(8, 80), st.integers(100, 900))
def test_any_line_fits_its_room_and_has_the_height_of_its_size(text: str, size: int, room: int) -> None:
    line = fitted(text, size, room)
    assert line.width * size <= room
    assert line.mask(size).height == round(HEIGHT * size)


def test_weights_differ() -> None:
    assert shaped("Ann", 400).mask(40).tobytes() != shaped("Ann", 600).mask(40).tobytes()


def test_figures_and_spaces_are_those_of_the_first_font() -> None:
    assert names()[0] == "NotoSans"
    assert faces("山 7")[1:] == ["NotoSans", "NotoSans"]
    assert not has("NotoSans", "山")


def test_letters_need_nothing_of_the_machine() -> None:
    code = """if True:
        import sys
        opened = []
        sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
        from resources.comfy.lettering import fitted
        fitted("Ann مريم 王", 40, 900).mask(40)
        maps = [line.split()[-1] for line in open("/proc/self/maps")]
        fonts = [path for path in opened + maps if path.endswith((".ttf", ".otf", ".ttc", ".pfb"))]
        assert all("manimgx_fonts" in path for path in fonts), fonts
        assert not [path for path in maps if "fribidi" in path or "fontconfig" in path]
    """
    if sys.platform != "linux":
        pytest.skip("what a process has open is read from /proc")
    subprocess.run([sys.executable, "-c", code], check=True)
