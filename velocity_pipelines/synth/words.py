"""Invented people, places and companies, as data; no name here belongs to a real client.

Not here: how they are put together (`velocity_pipelines.synth.world`).
"""

from __future__ import annotations

FIRST = """
James William Robert Thomas Michael David Richard Charles Joseph Daniel Matthew Anthony Christopher Andrew Benjamin
Samuel Alexander Nicholas Jonathan Edward Peter Steven Gregory Frederick Patrick Raymond Lawrence Timothy Kenneth Donald
Elizabeth Margaret Katherine Susan Jennifer Patricia Barbara Rebecca Victoria Alexandra Christina Deborah Jessica
Samantha Theresa Judith Dorothy Eleanor Abigail Amanda Josephine Penelope Madeleine Charlotte Caroline Isabella Olivia
Amelia Sophia Emily Hannah Grace Lucy Claire Alice Julia Laura Sarah Emma Nora Ruth Iris Stella Vera Wanda Yvonne
Hans Klaus Jürgen Wolfgang Dieter Stefan Matthias Johannes Friedrich Heinrich Günter Lukas Felix Moritz Anna Greta
Ingrid Monika Ursula Heike Sabine Petra Birgit Katharina Lena Marie Clara Johanna Franziska Antje Silke
Jan Piotr Paweł Krzysztof Andrzej Tomasz Wojciech Stanisław Łukasz Michał Jakub Grzegorz Małgorzata Agnieszka
Katarzyna Joanna Magdalena Aleksandra Zofia Ewa Marta Barbora Ondřej Jiří Tereza
José María Francisco Antonio Manuel Alejandro Guadalupe Carmen Dolores Rosa Lucía Mateo Diego Javier Ignacio Enrique
Pilar Mercedes Concepción Rafael Sergio Pablo Andrés Beatriz Inés Sofía
Giovanni Giuseppe Francesco Alessandro Lorenzo Matteo Giulia Chiara Francesca Elena Paola Luca Marco Bianca Renata
Jean Pierre François Jacques Étienne Benoît Céline Amélie Margaux Élodie Thérèse Geneviève Mathilde Hélène Olivier
Lars Björn Erik Anders Magnus Søren Astrid Sigrid Freya Linnéa Åsa Karin Elin Oskar Nils
Dmitri Sergei Ivan Natalia Olga Tatiana Svetlana Yelena Mikhail Boris
Ravi Arjun Priya Ananya Sanjay Deepa Vikram Lakshmi Rohan Meera Wei Jing Hiroshi Yuki Kenji Sakura Minh Linh
Ahmed Fatima Omar Layla Youssef Amina Hassan Zainab Kwame Ama Chidi Ngozi Thabo Zanele
""".split()

SHORT = {  # forms that people use of themselves
    "James": "Jim Jamie", "William": "Bill Will", "Robert": "Bob Rob", "Thomas": "Tom", "Michael": "Mike Mick",
    "David": "Dave", "Richard": "Rick Dick", "Charles": "Charlie Chuck", "Joseph": "Joe", "Daniel": "Dan Danny",
    "Matthew": "Matt", "Anthony": "Tony", "Christopher": "Chris", "Andrew": "Andy Drew", "Benjamin": "Ben",
    "Samuel": "Sam", "Alexander": "Alex", "Nicholas": "Nick", "Jonathan": "Jon", "Edward": "Ed Ted", "Peter": "Pete",
    "Steven": "Steve", "Gregory": "Greg", "Frederick": "Fred", "Patrick": "Pat", "Raymond": "Ray", "Lawrence": "Larry",
    "Timothy": "Tim", "Kenneth": "Ken", "Donald": "Don", "Elizabeth": "Liz Beth", "Margaret": "Maggie Peggy",
    "Katherine": "Kate Kathy", "Susan": "Sue", "Jennifer": "Jen Jenny", "Patricia": "Pat Trish", "Barbara": "Barb",
    "Rebecca": "Becky", "Victoria": "Vicky", "Alexandra": "Alex Sandra", "Christina": "Chris Tina", "Deborah": "Debbie",
    "Jessica": "Jess", "Samantha": "Sam", "Theresa": "Tess", "Judith": "Judy", "Dorothy": "Dot", "Eleanor": "Ellie",
    "Abigail": "Abby", "Amanda": "Mandy", "Josephine": "Jo", "Penelope": "Penny", "Madeleine": "Maddie",
    "Charlotte": "Lottie", "Isabella": "Bella", "Wolfgang": "Wolf", "Johannes": "Hannes Hans", "Friedrich": "Fritz",
    "Heinrich": "Heinz", "Katharina": "Kathi", "Johanna": "Hanna", "Franziska": "Franzi", "Wojciech": "Wojtek",
    "Stanisław": "Staszek", "Małgorzata": "Gosia", "Agnieszka": "Aga", "Katarzyna": "Kasia", "Joanna": "Asia",
    "Magdalena": "Magda", "Zofia": "Zosia", "Aleksandra": "Ola", "Piotr": "Piotrek", "José": "Pepe", "Francisco": "Paco",
    "Manuel": "Manolo", "Guadalupe": "Lupe", "Alejandro": "Alex", "Giovanni": "Gianni", "Giuseppe": "Beppe",
    "Francesco": "Franco", "Alessandro": "Sandro", "Dmitri": "Dima", "Mikhail": "Misha", "Natalia": "Natasha",
    "Ivan": "Vanya", "Tatiana": "Tanya",
}  # fmt: skip

LAST_HEADS = """
Ash Black Brad Brook Cald Carl Clay Cran Dal Dun East El Fair Fen Gar Glen Gray Hal Ham Har Hart Hay Hol Kel Kirk Lang
Lock Mar Mer Mill Nor North Oak Pem Pres Rad Red Ridge Rock Rush Sel Shel Stan Stock Sut Thorn Tre Wake Wal War Wes Whit
Win Wood Wy York
""".split()
LAST_TAILS = (
    "ford well ton by ley worth man son combe field gate ham hurst land more ridge stead wick wood bury".split()
)
LAST = """
Kowalczyk Nowacki Wiśniewicz Zielonka Szymański Dąbrowicz Kamińska Lewandek Jabłonowski Müllenbach Schröderling
Weißhaupt Grünfeld Obermayr Kleinhans Vogelsang Rosenthaler Steinbrecher Hoffmeister Landgraf Fernández Gutiérrez
Ibáñez Villaseñor Quiñonero Echeverría Castellanos Montenegro Bellini Castellani Ferranti Guidotti Moretti Santangelo
Lefèvre Dubreuil Beaulieu Charpentier Desrosiers Marchand Montclair Fontainebleu Lindqvist Bergström Åkerlund Sørensen
Halvorsen Nygård Østergaard Petrenko Volkov Sokolova Ivanchuk Kuznetsov Chaudhary Iyer Raghunathan Banerjee Deshpande
Subramanian Nakamura Yamashita Takahara Ishikawa Kimura Zhang Ouyang Nguyen Tran Pham Okonkwo Adeyemi Mensah Boateng
Dlamini Mokoena El-Sayed Haddad Mansouri Benali Rahman Van_der_Berg De_Vries Van_Dijk O'Hanlon O'Rourke McAllister
MacGregor FitzHugh
""".split()

PLACES = (  # city, country, prefixes of numbers that are reserved for fiction (the rest is four digits, or as many as said)
    ("London", "GB", "+44 20 7946 0", 3), ("Manchester", "GB", "+44 161 496 0", 3), ("Leeds", "GB", "+44 113 496 0", 3),
    ("Bristol", "GB", "+44 117 496 0", 3), ("Glasgow", "GB", "+44 141 496 0", 3), ("New York", "US", "+1 212 555 01", 2),
    ("Chicago", "US", "+1 312 555 01", 2), ("Boston", "US", "+1 617 555 01", 2), ("Denver", "US", "+1 303 555 01", 2),
    ("Seattle", "US", "+1 206 555 01", 2), ("Austin", "US", "+1 512 555 01", 2), ("Berlin", "DE", "+49 30 23125 ", 3),
    ("Frankfurt", "DE", "+49 69 90009 ", 3), ("Hamburg", "DE", "+49 40 66969 ", 3), ("Köln", "DE", "+49 221 4710 ", 3),
    ("München", "DE", "+49 89 99998 ", 3), ("Paris", "FR", "+33 1 99 00 ", 4), ("Lyon", "FR", "+33 4 65 71 ", 4),
    ("Lille", "FR", "+33 3 53 01 ", 4), ("Nantes", "FR", "+33 2 61 91 ", 4), ("Toulouse", "FR", "+33 5 36 49 ", 4),
    ("Sydney", "AU", "+61 2 5550 ", 4), ("Melbourne", "AU", "+61 3 5550 ", 4), ("Brisbane", "AU", "+61 7 5550 ", 4),
    ("Perth", "AU", "+61 8 5550 ", 4), ("Adelaide", "AU", "+61 8 7010 ", 4),
)  # fmt: skip
MOBILES = (  # all digits that follow are free
    ("GB", "+44 7700 900", 3), ("US", "+1 {area} 555 01", 2), ("DE", "+49 171 39200", 2), ("FR", "+33 6 39 98 ", 4),
    ("AU", "+61 3 7010 ", 4),
)  # fmt: skip
STREETS = (
    "Mill Station Church Park Garden River Bridge Market King Queen School Chapel Orchard Meadow Castle Abbey".split()
)
WAYS = ("Street", "Road", "Lane", "Avenue")

STEMS = """
Brightwater Northwind Harbour Silverline Bluepeak Redwood Ironbridge Stonegate Clearbrook Fairhaven Goldcrest Greenfield
Highland Juniper Kestrel Lakeshore Maplewood Nightingale Oakhurst Pinecrest Quicksilver Riverton Sandstone Thornbury
Umbra Vantage Westbrook Yellowtail Zephyr Amberley Birchwood Cobalt Driftwood Evergreen Foxglove Graphite Hawthorn
Indigo Jadeite Keystone Lighthouse Meridian Nimbus Obsidian Paragon Quartz Rosewood Sapphire Tamarind Undertow Verdant
Windmere Xenolith Yarrow Zircon Alder Basalt Cedar Dovetail Ember Falcon Granite Heron Ivory Jasper Kingfisher Larkspur
""".split()
TRADES = """
Foods Logistics Labs Software Media Capital Energy Health Motors Textiles Robotics Consulting Insurance Analytics Studios
Freight Farms Pharma Systems Partners Networks Ceramics Optics Aviation Marine Timber Packaging Security Travel Print
""".split()
FORMS = {"GB": ("Ltd", "Limited", "PLC"), "US": ("Inc", "Inc.", "LLC", "Corp"), "DE": ("GmbH", "AG", "GmbH & Co. KG"),
         "FR": ("SAS", "SARL", "SA"), "AU": ("Pty Ltd", "Limited")}  # fmt: skip
TITLES = ("VP Sales", "Head of Purchasing", "CEO", "CTO", "Account Manager", "Buyer", "Office Manager", "Analyst", "Engineer",
          "Marketing Lead", "Finance Director", "Operations Manager")  # fmt: skip
OWNERS = ("Sam Sales", "Robin Reed", "Kim Carter", "Alex Stone", "Noor Haddad")
FREE_MAIL = ("mail.example", "post.example", "inbox.example", "webmail.example")
SHARED_BOXES = ("info", "sales", "office", "contact")
EVENTS = ("Spring Summit", "Partner Day", "Product Launch", "Autumn Forum")
STAGES = ("Qualification", "Proposal", "Negotiation", "Closed won", "Closed lost")
KINDS = ("call", "email", "meeting", "note")
