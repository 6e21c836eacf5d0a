"""Short and familiar forms of given names, as data: one line a formal name, then the forms that are used for it.

A form may stand under several names (`alex`): it is related to each, while these stay strangers to each other.
All forms are folded as `identity.features` folds names.

Not here: spelling variants that differ by a letter (the comparison levels of `identity.model` see those).
"""

from __future__ import annotations

from functools import cache

TABLE = """
aaron: ron ronnie
abigail: abby abbie gail
abraham: abe bram ibrahim
adelaide: addie heidi
adrian: ade
agnes: aggie nessie
alan: al
albert: al bert bertie
alberto: beto berto
alejandro: alex ale jandro
alejandra: alex ale jandra
aleksander: alex alek olek sasha sascha
aleksandra: alex ola sasha sascha
aleksandr: alex sasha sascha
alessandro: alex sandro ale
alessandra: alex sandra ale
alexander: alex al xander sandy alec lex sasha sascha
alexandra: alex sandra lexi sandy sasha sascha alexa
alexandre: alex
alfred: al fred freddie alf alfie
alfredo: fredo
alice: ali
alison: ali allie
allison: ali allie
amanda: mandy manda
amelia: amy mia millie
anastasia: nastya stacy asya
andrea: andi andy drea
andreas: andi andy
andrew: andy drew
andrzej: jedrek
angela: angie
angelina: angie lina
annabel: anna bella
anna: annie ania anya anja
anne: annie
anthony: tony ant
antoine: tony toine
anton: toni tony
antonia: toni tonia
antonio: tony toni tonio
antonella: nella anto
archibald: archie
arnold: arnie
arthur: art artie
augustus: gus
augustine: gus
barbara: barb babs barbie basia
bartholomew: bart
bartlomiej: bartek
beatrice: bea trixie
beatriz: bea bia
benjamin: ben benny benji
benedict: ben benny
bernadette: bernie
bernard: bernie
bernhard: bernd
beverly: bev
bradley: brad
brenda: bren
brian: bri
bridget: biddy bridie
calvin: cal
cameron: cam
camille: cami
carl: charlie
carlos: carlitos
carmela: mela
carol: carrie
caroline: carrie carol caro lina
carolina: caro lina carol
cassandra: cassie sandra
catherine: cathy kate katie kat cat kitty cate
cecilia: cece celia cissy
charles: charlie chuck chas chaz chip
charlotte: lottie charlie lotte
chloe: clo
christian: chris christy
christina: chris tina chrissy christy
christine: chris tina chrissy christy
christoph: chris
christophe: chris
christopher: chris kit topher
clara: clare claire
clarence: clare
claudia: claudi
clifford: cliff
clinton: clint
concepcion: concha conchita
constance: connie
cornelius: neil con connie corrie
cristina: cris tina
curtis: curt
cynthia: cindy
dale: daley
daniel: dan danny
daniela: dani ela
danielle: dani
darren: daz
david: dave davy davey
dawid: dave
deborah: deb debbie debra
debra: deb debbie
dennis: den denny
derek: del
diana: di
diane: di
dmitri: dima mitya
dmitry: dima mitya
dolores: lola
dominic: dom nic
dominik: dom nik
dominique: dom
donald: don donnie
dorothy: dot dottie dolly
douglas: doug
dwight: ike
edgar: ed
edith: edie
edmund: ed eddie ned ted
eduardo: edu lalo
edward: ed eddie ted teddy ned
edwin: ed eddie
eileen: ellie
eleanor: ellie nell nora ella elle
elena: lena
eleonora: nora
eliana: eli
elijah: eli
elisabeth: lisa lisbeth elise betty liz beth elsa sissi
elizabeth: liz lizzie beth betty eliza betsy libby lisa ellie bess elsie lizzy
elzbieta: ela
emanuel: manny
emily: em emmy millie
emma: em emmy
enrique: quique kike
eric: rick ricky
erik: rikki
ernest: ernie
ernesto: neto
esther: essie
ethan: eth
eugene: gene
eugenia: genie
evelyn: evie eve
ewa: ewka
fabian: fab
felicia: fee
felicity: fliss flick
ferdinand: ferdi
fernando: nando fer
florence: flo florrie
frances: fran frankie franny
francesca: fran franca cesca
francesco: franco checco
francis: frank fran frankie
francisco: paco pancho paquito cisco
francois: fran
frank: frankie
franklin: frank
franz: franzl
franziska: franzi
frederick: fred freddie freddy rick
frederic: fred
frederik: fred rik
friedrich: fritz fred
gabriel: gabe gabi
gabriela: gabi gaby
gabriella: gabi gabby ella
gabrielle: gabi gabby
gareth: gaz
gary: gaz
genevieve: gen evie
geoffrey: geoff jeff
george: georgie
georgia: georgie
georgina: georgie gina
gerald: gerry jerry
gerard: gerry jerry
gerhard: gerd
gertrude: trudy gertie
gilbert: gil bert
giovanni: gianni vanni nino
giuseppe: beppe peppe pino
giuseppina: pina
gloria: glo
gordon: gord
grace: gracie
graham: gray
gregory: greg
gregor: greg
grzegorz: grzesiek
guillermo: memo guille
gwendolyn: gwen wendy
hannah: hanna anna
hannelore: hanne lore
harold: harry hal
harriet: hattie harry
heather: hev
heinrich: heinz heiner
helen: nell ellie lena
helena: lena hela
henry: harry hank hal
herbert: herb bert
hermann: manni
howard: howie
hubert: hugh bert
hugh: hughie
humphrey: hum
ian: iain
ignacio: nacho
ignatius: iggy
immaculada: inma
irene: renie
isaac: ike zac
isabel: bella izzy belle isa bel
isabella: bella izzy isa
isabelle: bella izzy isa belle
ivan: vanya
jack: jackie
jackson: jack
jacob: jake
jacqueline: jackie jacqui
jadwiga: jadzia
jakub: kuba
james: jim jimmy jamie jem
jan: janek
jane: janie
janet: jan
janice: jan
jason: jay
jean: jeannie
jeffrey: jeff
jennifer: jen jenny jenn
jeremiah: jerry
jeremy: jerry jez jem
jerome: jerry
jessica: jess jessie
jessie: jess
jesus: chuy chucho
jillian: jill
gillian: gill jill
joachim: jo achim
joan: joanie
joanna: jo asia
joanne: jo
johann: hans jo
johannes: hans hannes jo
jonathan: jon jonny john johnny nathan
john: johnny jack jon
jose: pepe chepe
josef: sepp jupp jo
joseph: joe joey jo
josephine: jo josie
joshua: josh
joyce: joy
juan: juanito
judith: judy jude
julia: julie jules
julian: jules
julie: jules
juliet: jules
justin: jus
karen: kaz
karl: kalle charlie
karolina: karo lina
katarzyna: kasia
katharina: kathi kati kate trina
katharine: kate kathy katie kat
katherine: kate kathy katie kat kay kitty kit kathie
kathleen: kathy kate katie kath
kathryn: kathy kate katie kath
kenneth: ken kenny
kevin: kev
kimberly: kim kimmy
kirsten: kirsty
klaus: niklas
konstantin: kostya kosta
krzysztof: krzys krzysiek chris
kristina: kris tina
kristin: kris
krystyna: krysia
lambert: bert
larissa: lara
laura: laurie
lauren: laurie
lawrence: larry laurie lars
leonard: leo len lenny
leonardo: leo
leopold: leo poldi
leonor: nora
leslie: les
lewis: lew lou
lillian: lil lily lilly
lilian: lil lily
linda: lin lindy
lorraine: lori
louis: lou louie
louise: lou
lourdes: lulu
lucas: luke
lucia: lucy
lucille: lucy
lucinda: lucy cindy
ludwig: lutz
luis: lucho
lukasz: luki
lydia: liddy
lynette: lyn
mackenzie: mac
madeleine: maddie
madeline: maddie
madison: maddie
magdalena: magda lena
malcolm: mal
malgorzata: gosia
manfred: manni
manuel: manolo manu manny
manuela: manu ela
marcus: marc
margaret: maggie meg peggy marge margie madge greta daisy rita
margareta: greta
margarete: grete greta
margarita: rita marga
maria: mia mary marie mimi
mariana: mari
maribel: mari
marianne: mary anne
marilyn: mary
marion: mari
marjorie: marge margie
martha: marty mattie
martin: marty
mary: molly polly mae
mateusz: mati
matilda: tilly mattie
matthew: matt matty
matthias: matt matze
matthieu: mat
maureen: mo
maurice: mo
max: maxi
maximilian: max maxi
maximiliano: max
maxwell: max
megan: meg
melanie: mel
melissa: mel missy lissa
melvin: mel
mercedes: merche
meredith: merry
michael: mike mick mickey mikey micha michi
michal: michas
michel: mich
michelle: shelly chelle
miguel: migue
mikhail: misha
mildred: millie
minerva: minnie
miriam: mimi
mitchell: mitch
mohammed: mo mohamed muhammad mohammad mohamad muhammed
montgomery: monty
morris: mo
moses: mo
nadezhda: nadia nadya
nancy: nan
naomi: nomi
natalia: nat natasha talia
natalie: nat
natasha: tasha
nathan: nat nate
nathaniel: nat nate nathan
nicholas: nick nicky nico
nicolas: nico nick
nicola: nicky nic
nicole: nicky nic niki
nigel: nige
nikolai: kolya
nikolaus: klaus niko
noah: noe
norman: norm
octavia: tavia
oliver: ollie oli
olivia: liv livvy
oscar: ozzie
oswald: oz ozzie
owen: owie
pamela: pam
patrice: pat
patricia: pat patty tricia trish patsy patti
patricio: pato
patrick: pat paddy pad
paul: paulie
paula: polly
pauline: polly
pedro: perico
peggy: peg
penelope: penny
percival: percy
peter: pete
petra: pet
philip: phil pip
phillip: phil pip
philippa: pip pippa
philippe: phil
piotr: piotrek
priscilla: cilla
prudence: pru
rachel: rach
rafael: rafa
ralph: ralphie
randall: randy
raphael: raf rafe
raymond: ray
rebecca: becky becca bex
regina: gina
reginald: reg reggie
reinhard: reini
renata: rena
reuben: rube
ricardo: rick richie
richard: rick ricky dick rich richie ritchie
rita: ritz
robert: bob bobby rob robbie bert robby
roberta: bobbie
roberto: rob beto berto
rodney: rod
roderick: rod rick
rodrigo: rod
roger: rodge
roland: rolly
roman: roma
ronald: ron ronnie
rosalind: ros rosie
rosario: charo
rose: rosie
rosemary: rose rosie
roxanne: roxy
rudolf: rudi
rudolph: rudy
russell: russ rusty
ruth: ruthie
salvador: chava sal
salvatore: sal toto turi
samantha: sam sammy
samuel: sam sammy
sandra: sandy
santiago: santi
sarah: sally sadie
sebastian: seb bastian basti bas
sebastien: seb bastien
sergei: seryozha
sharon: shaz
shirley: shirl
sheila: shel
sidney: sid
siegfried: siggi
sigmund: sigi
simon: si
sofia: sofi
solomon: sol
sophia: sophie sofi
sophie: soph
stanislaw: stas staszek
stanley: stan
stefan: steff
stefanie: steffi
stefano: ste
stephan: steff
stephanie: steph steffi stephie
stephen: steve stevie
steven: steve stevie
stuart: stu
stewart: stew stu
susan: sue susie suzy sukie
susanna: susie sanna
susanne: susi sanne
suzanne: sue suzy
sylvester: sly
sylvia: syl
tabitha: tabby
tatiana: tanya tania
teresa: terry tess tessa tere
terence: terry tel
terrence: terry
thaddeus: tad thad
thea: dorothea
theodore: ted teddy theo
theodor: theo
theresa: terry tess tessa resi
therese: tess
thomas: tom tommy thom
tiffany: tiff
timothy: tim timmy
tobias: tobi toby
tomasz: tomek tom
tracey: trace
tristan: tris
ulrich: uli
ulrike: uli ulli rike
ursula: uschi ulla
valentina: val vale tina
valerie: val
vanessa: nessa
veronica: ronnie vero
veronika: vroni nika
vernon: vern
victor: vic
victoria: vicky tori vic vickie
viktor: vitya
vincent: vince vinny vin
vincenzo: enzo vince
viola: vi
violet: vi
virginia: ginny ginger
vladimir: vlad vova volodya
vivian: viv
wallace: wally
walter: walt wally
warren: waz
wayne: waz
wendy: wen
werner: wern
wilfred: wilf fred
wilhelm: willi willy
willem: wim
william: bill will billy willy liam
wilhelmina: mina minnie willa
winifred: win winnie
winston: win
wojciech: wojtek
wolfgang: wolf
xavier: xavi
yekaterina: katya
ekaterina: katya
yelena: lena
yevgeny: zhenya
yvonne: eve
zachary: zac zach zack
zofia: zosia
"""


@cache
def _names() -> dict[str, set[str]]:
    """Form -> the formal names that it may stand for; a name stands for itself too."""
    names: dict[str, set[str]] = {}
    for formal, forms in _rows():
        for form in (formal, *forms):
            names.setdefault(form, {form}).add(formal)
    return names


def _rows() -> list[tuple[str, list[str]]]:
    lines = (line.partition(":") for line in TABLE.strip().splitlines())
    return [(formal, forms.split()) for formal, _, forms in lines]


def formal_names(name: str) -> list[str]:
    """The formal names that a folded name may stand for, itself among them, sorted."""
    return sorted(_names().get(name, {name}))


def guessed_names(name: str) -> list[str]:
    """The formal names that a folded name may stand for, were there a slip of the keyboard in it, sorted.

    Only a name of five letters or more that the table does not have is guessed at.
    """
    if len(name) < 5 or name in _names():
        return formal_names(name)
    near = set[str]().union(*(_slips().get(spelling, ()) for spelling in _spellings(name)))
    return sorted({name}.union(*(_names()[known] for known in near)))


@cache
def _slips() -> dict[str, set[str]]:
    """What is left of each known name when a letter is lost -> the names; two names a slip apart meet in one."""
    left: dict[str, set[str]] = {}
    for name in _names():
        if len(name) > 3:
            for spelling in _spellings(name):
                left.setdefault(spelling, set()).add(name)
    return left


def _spellings(name: str) -> set[str]:
    return {name, *(name[:i] + name[i + 1 :] for i in range(len(name)))}
