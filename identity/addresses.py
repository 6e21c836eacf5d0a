"""Streets as they are compared: folded, with the words for kinds of street and for directions written in one way.

Not here: which columns are read (`identity.features`).
"""

from __future__ import annotations

import polars as pl

from identity.folding import blank_to_null, fold

_WORDS = """
    street: st str strt strasse
    road: rd
    avenue: ave av aven avda avenida
    boulevard: blvd blv boul bd
    drive: dr drv
    lane: ln
    court: ct crt
    place: pl plz plaza platz
    square: sq
    terrace: tce ter terr
    crescent: cres cr crs
    circuit: cct circ
    close: cl
    parade: pde
    highway: hwy
    parkway: pkwy pky
    freeway: fwy
    suite: ste
    floor: fl flr
    apartment: apt
    building: bldg
    north: n
    south: s
    east: e
    west: w
    northeast: ne
    northwest: nw
    southeast: se
    southwest: sw
    saint: ste
    mount: mt
    between: bet btwn
"""
_LONG = {
    short: line.split(":")[0].strip() for line in _WORDS.strip().splitlines() for short in line.split(":")[1].split()
}
_DIRECTIONS = ["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"]


def street_key(text: pl.Expr) -> pl.Expr:
    """The words of a street without directions: `12 n main st.` as `12 main street`, German compounds taken apart."""
    apart = fold(text).str.replace_all(r"([a-z]{3,})(strasse|str)\b", "$1 street")
    words = (
        apart.str.split(" ")
        .list.eval(pl.element().replace(_LONG))
        .list.eval(pl.element().filter(~pl.element().is_in(_DIRECTIONS)))
    )
    return blank_to_null(words.list.join(" "))


def house_number(street: pl.Expr) -> pl.Expr:
    """The first figure of a street key."""
    return street.str.extract(r"\b(\d+)")
