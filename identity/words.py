"""Lists of words that carry no identity, as data: titles, particles, legal forms, mail providers, role mailboxes.

Not here: given names (`identity.nicknames`), and what is done with the words (`identity.folding`, `identity.features`).
"""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


TITLES = _words("""
    mr mrs ms miss mx dr drs prof profdr sir dame madam rev revd hon rt rthon lord lady capt captain sgt
    herr frau mme mlle mgr monsieur madame sr sra srta senor senora dona dom eng enga lic arq sig sigra dott dottssa
    avv ing geom rag dipl dipling mag doc judr mudr rndr phdr mvdr paeddr inz dhr mevr mevrouw ir
    pani gospodin gospozha bay bayan shri smt kumari pandit sheikh shaykh hajj haji datuk dato tan tansri datin
    tun khun bapak ibu alhaji alhaja daw ustaz rabbi imam hc med habil phil rer nat jur
    jr junior senior ii iii iv filho neto sobrinho
    phd md mba msc bsc llm llb esq cpa cfa pmp dds dvm rn qc kc mp obe mbe cbe frcs facp mphil edd dphil csc
""")
GENERATIONS = {
    "jr": "jr", "junior": "jr", "jnr": "jr", "filho": "jr", "fils": "jr", "ii": "jr",
    "sr": "sr", "senior": "sr", "snr": "sr", "pere": "sr", "neto": "iii", "iii": "iii", "iv": "iv",
}  # fmt: skip
ELDER, YOUNGER = r"(?i)[\s,]+(?:sen|st)\.\s*$", r"(?i)[\s,]+(?:jun|ml)\.\s*$"  # only with a dot: Jun is a name
ALSO_FAMILIES = frozenset(_words("neto filho sobrinho"))  # of the titles above
MAIDEN = "née|nee|né|geb|geborene|born|roz|rozená|zd|z domu|født|född|o\\.s|ur|урожд|урождённая"
PARTICLES = _words("""
    van von vom der den de da di do del della delle dello degli dela dos das du la le les lo li el al as ul
    bin ibn bint binti ben bar abu bt bte ter ten te tot zu zum zur op het af av dal dalla e y i a o san
    st saint sankt sainte mac mc nic ni ap
""")
EAST_ASIAN = frozenset(
    _words("""
    kim lee li park choi jung jeong kang cho yoon jang lim han seo shin kwon hwang ahn song yoo hong bae baek
    wang zhang liu chen yang zhao huang zhou wu xu sun zhu ma hu guo lin gao liang zheng luo xie tang deng feng
    cao peng zeng pan yuan cai ye cheng ding shen
    chan wong cheung leung lau kwok tsang chow tse cheng yip
    """)
)
MOST_FREQUENT = frozenset(_words("wang li zhang liu chen yang zhao huang zhou wu lin kim lee park choi"))
VIETNAMESE = frozenset(
    _words("nguyen tran pham hoang huynh phan vu vo dang bui do ho ngo duong ly trinh dinh mai le truong")
)
FAMILY_FIRST = frozenset(
    _words("""
    nagy kovacs toth szabo horvath varga kiss molnar nemeth farkas balogh papp takacs juhasz lakatos meszaros olah
    simon racz fekete szilagyi torok gal balazs szucs kocsis pinter fodor szalai sipos magyar lukacs gulyas biro
    sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi
    matsumoto inoue kimura hayashi shimizu saito
    """)
)  # family names that stand before the given name where people write in the order of their own language
LEGAL_FORMS = _words("""
    incorporated inc corporation corp company co limited ltd llc llp lp plc pllc pty pte pvt private public
    gmbh mbh ag kg kgaa ohg ug gbr ev eg se sa sas sasu sarl sl slu sau srl spa snc sca bv nv cv vof oy oyj ab as asa
    aps is hf ehf doo dd ad ooo oao zao pao kk kft zrt bt rt sro spol zoo spzoo sp z o oo jsc ojsc cjsc tbk pt sdn bhd
    ltda eireli me cia lda unipessoal holding holdings group gruppe groupe the and und et y e
    aktiengesellschaft gesellschaft kommanditgesellschaft haftungsbeschrankt societe anonyme sociedad anonima
    limitada naamloze besloten vennootschap aktiebolag aktieselskab anpartsselskab osakeyhtio tovarystvo
    sirketi sti kabushiki kaisha yugen gaisha godo gruppo gruppen konzern koncern berhad perseroan terbatas uab sia
    aktsiaselts eurl sprl bvba vzw asbl epe ike
""")  # anywhere in a name
NO_LEGAL_FORMS = frozenset(
    _words("nl pp ep et sp sd da gp sem as oe ok ei ij pt sc gte ses teo fie dat vat os ans sep obrt sal aat cpt fop")
)  # what `cleanco` takes for one at the end of a name, but words of other languages too
NUMERALS = {word: str(n) for n, word in enumerate(_words("one two three four five six seven eight nine ten"), 1)}
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
    gmail googlemail outlook hotmail live msn yahoo ymail rocketmail icloud aol aim gmx web t-online freenet posteo
    mailbox proton protonmail zoho yandex ya mail fastmail hushmail tutanota tuta libero orange laposte wanadoo
    seznam wp o2 onet interia qq 163 126 sina sohu foxmail naver daum hanmail comcast verizon att sbcglobal
    bellsouth cox charter btinternet btopenworld virginmedia sky talktalk ntlworld inbox freemail webmail bluewin
    hispeed sunrise sapo terra uol bol ig rediffmail rediff bigpond optusnet telstra xtra shaw rogers sympatico
    telenet skynet ziggo kpnmail planet home hetnet telia telenor centrum volny azet abv ukr rambler bk list
    citromail indamail walla tin alice virgilio tiscali free.fr sfr neuf me.com mac.com pm.me gmx arcor chello aon
    free post
""")  # first labels of registered domains: mail providers of any country, and their reserved stand-ins
MAILBOX_OF = {  # one provider, several domains: the same mailbox
    "googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me", "me.com": "icloud.com",
    "mac.com": "icloud.com", "ya.ru": "yandex.ru", "yandex.com": "yandex.ru",
}  # fmt: skip
DOTLESS = _words("gmail.com proton.me")  # providers that do not see dots in the local part
HYPHEN_TAGS = _words("yahoo ymail rocketmail")  # providers, by first label, whose tags follow a hyphen
ROLE_MAILBOXES = _words("""
    info office contact kontakt kontak contacto contatto contato hello hallo hola bonjour sales vertrieb ventas vendas
    vendite verkauf verkoop support soporte service services servicio kundenservice kundendienst admin administration
    administracion team mail email post marketing hr jobs career careers recruiting recruitment bewerbung billing
    account accounts accounting buchhaltung facturacion invoices invoice finance rechnung einkauf purchasing compras
    procurement noreply no-reply donotreply do-not-reply webmaster hostmaster postmaster abuse root security privacy
    datenschutz legal enquiries inquiries reception rezeption recepcion empfang help helpdesk press presse prensa media
    orders order bestellung shop store newsletter events office-manager secretariat sekretariat secretaria direction
    it all everyone staff company general booking bookings reservations reservation reservas
""")
JUNK_DATES = _words("1900-01-01 1901-01-01 1970-01-01 1899-12-30 0001-01-01 9999-12-31")
