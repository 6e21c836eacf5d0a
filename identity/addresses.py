"""Streets as they are compared: folded, with the words for kinds of street and for directions written in one way.

Not here: which columns are read (`identity.features`).
"""

from __future__ import annotations

import polars as pl

from identity.distinct import once
from identity.folding import blank_to_null, fold

_WORDS = """
    street: st str strasse straat stra
    road: rd
    avenue: ave av aven avda avenida avd
    boulevard: blvd blv boul bd bvd bulvar bulevar
    drive: dr drv
    lane: ln
    court: ct crt
    place: pl plz plaza platz plac plads plass plein
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
    floor: fl flr etage piso
    apartment: apt apto appt
    building: bldg
    north: n
    south: s
    east: e
    west: w
    northeast: ne
    northwest: nw
    southeast: se
    southwest: sw
    saint: ste sankt sainte
    mount: mt
    between: bet btwn
    carretera: ctra crta
    paseo: po pso
    travessa: tv trav
    praca: pca
    piazza: pza pzza
    corso: cso
    viale: vle
    ulica: ul ulitsa
    osiedle: os
    aleja: al aleje
    prospekt: pr prosp
    pereulok: per
    namesti: nam
    cadde: cad cd caddesi
    sokak: sok sk sokagi
    mahalle: mah mahallesi
    jalan: jln jl
    allee: all
    chaussee: chs
    weg: wg
    gata: gatan gt gaten gade
    vagen: vag veien vei vej
"""
_UNMARKED = ["no", "nr", "num", "numero", "nummer", "number", "cislo", "cp", "dom"]  # stand before a figure
_LONG = {
    short: line.split(":")[0].strip() for line in _WORDS.strip().splitlines() for short in line.split(":")[1].split()
}
_DIRECTIONS = ["north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest"]


def street_key(text: pl.Expr) -> pl.Expr:
    """The words of a street without directions: `12 n main st.` as `12 main street`, German compounds taken apart."""
    return once(text, _key)


def _key(text: pl.Expr) -> pl.Expr:
    plain = fold(text).str.replace_all(rf"\b(?:{'|'.join(_UNMARKED)}) ?(\d)", "$1")
    apart = plain.str.replace_all(r"([a-z]{3,})(strasse|straat|str)\b", "$1 street")
    words = apart.str.split(" ").list.eval(
        pl.element().replace(_LONG).filter(~pl.element().replace(_LONG).is_in(_DIRECTIONS))
    )
    return blank_to_null(words.list.join(" "))


def house_number(street: pl.Expr) -> pl.Expr:
    """The first figure of a street key."""
    return street.str.extract(r"\b(\d+)")
