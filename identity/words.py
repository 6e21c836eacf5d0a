"""Lists of words that carry no identity, as data: titles, particles, legal forms, mail providers, role mailboxes.

Not here: given names (`identity.nicknames`), and what is done with the words (`identity.folding`, `identity.features`).
"""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


TITLES = _words("""
    mr mrs ms miss mx dr prof sir dame rev herr frau mme mlle sr sra srta sig dott ing dipl mag jr junior senior
    ii iii iv phd md mba msc bsc esq cpa dds
""")
PARTICLES = _words(
    "van von der den de da di del della dela dos das du la le el al bin ibn abu ter ten zu zum zur af av"
)
LEGAL_FORMS = _words("""
    incorporated inc corporation corp company co limited ltd llc llp lp plc pllc pty pte pvt private public
    gmbh mbh ag kg kgaa ohg ug gbr ev eg se sa sas sasu sarl sl slu sau srl spa snc sca bv nv cv vof oy oyj ab as asa
    aps is hf ehf doo dd ad ooo oao zao pao kk kft zrt bt rt sro spol zoo spzoo sp z o oo jsc ojsc cjsc tbk pt sdn bhd
    ltda eireli me cia lda unipessoal holding holdings group gruppe groupe the and und et y e
""")
SMALL_WORDS = _words("of for at in on to de la le el les der die das im del da do di")
COMMON_IN_COMPANIES = SMALL_WORDS + _words("""
    restaurant restaurante ristorante store shop services service solutions systems international
    global university universitat universite universidad universita college institute institut department dept
    departement school faculty laboratory laboratories lab labs research center centre science sciences
""")
ABBREVIATIONS = {
    short: long
    for long, shorts in {
        "university": "univ uni",
        "institute": "inst",
        "technology": "tech technol",
        "laboratory": "lab",
        "laboratories": "labs",
        "department": "dept dep",
        "center": "ctr cntr",
        "national": "natl nat",
        "international": "intl int",
        "engineering": "eng engg engrg",
        "sciences": "sci",
        "research": "res",
        "association": "assn assoc",
        "management": "mgmt mgt",
        "manufacturing": "mfg",
        "brothers": "bros",
        "federal": "fed",
        "government": "govt",
        "hospital": "hosp",
        "american": "amer",
        "saint": "st",
    }.items()
    for short in shorts.split()
}  # of words in names of organisations
FREE_MAIL = _words("""
    gmail googlemail outlook hotmail live msn yahoo ymail icloud me mac aol gmx web t-online freenet posteo mailbox
    proton protonmail pm zoho yandex mail fastmail tutanota libero orange free laposte wanadoo seznam wp o2 qq 163
    comcast verizon btinternet sky post inbox freemail webmail
""")  # first labels of domains: mail providers, and their reserved stand-ins
ROLE_MAILBOXES = _words("""
    info office contact kontakt hello hallo sales vertrieb support service admin administration team mail marketing
    hr jobs careers billing accounts accounting invoices invoice finance noreply no-reply donotreply webmaster
    postmaster enquiries inquiries reception help helpdesk press media orders shop newsletter events
""")
JUNK_DATES = _words("1900-01-01 1901-01-01 1970-01-01 1899-12-30 0001-01-01 9999-12-31")
