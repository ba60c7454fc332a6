"""The countries that simulated people live in: names, towns, phone ranges. Word lists written for this simulator."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_SPECIAL = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "æ": "ae", "ä": "ae", "ö": "oe", "ü": "ue"})


@dataclass(frozen=True, slots=True)
class Town:
    """A place: name, region as a form would offer it, and the first digits of its postcodes."""

    name: str
    region: str
    postcode: str  # `#` stands for a digit


@dataclass(frozen=True, slots=True)
class Country:
    """One country.

    Attributes:
        code: ISO 3166-1 alpha-2.
        share: Weight among the simulated people.
        calling: Country calling code, without plus.
        mobile: Beginnings of national significant numbers that are valid with any `digits` further digits.
        trunk: What is dialled before a national number.
        ip: First two octets of an IPv4 block used there.
    """

    code: str
    share: int
    language: str
    tld: str
    legal_form: str
    calling: str
    mobile: tuple[str, ...]
    digits: int
    trunk: str
    ip: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    streets: tuple[str, ...]
    towns: tuple[Town, ...]
    free_mail: tuple[str, ...]


def ascii_of(name: str) -> str:
    """The name as it stands in an e-mail address: lower case, letters a to z only."""
    plain = unicodedata.normalize("NFKD", name.lower().translate(_SPECIAL)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain if letter.isalpha())


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _towns(text: str) -> tuple[Town, ...]:
    return tuple(Town(*(part.strip() for part in town.split("|"))) for town in text.split(";"))


_NANP_EXCHANGES = "2345678"

COUNTRIES: tuple[Country, ...] = (
    Country(
        "DE", 30, "de", "de", "GmbH", "49", ("1512", "1517", "1522", "1573", "1590"), 7, "0", "84.130",
        _words("Anna Jürgen Katrin Björn Lena Uwe Sabine Matthias Özlem Torsten Heike Jörg"),
        _words("Keller Müller Schäfer Brandt Vogel Krüger Weiß Lorenz Böhm Seidel Yıldız Hartwig"),
        _lines("Lindenstraße, Am Mühlbach, Bahnhofstraße, Gartenweg, Schillerplatz"),
        _towns("Köln|Nordrhein-Westfalen|506##;Leipzig|Sachsen|041##;Nürnberg|Bayern|904##;Kiel|Schleswig-Holstein|241##"),
        ("gmx.de", "web.de", "gmail.com", "t-online.de"),
    ),
    Country(
        "AT", 7, "de", "at", "GmbH", "43", ("664", "676", "699"), 7, "0", "80.108",
        _words("Florian Magdalena Lukas Theresa Stefan Birgit Gernot Elfriede"),
        _words("Gruber Huber Pichler Steiner Moosbrugger Eder Haslinger Wögerer"),
        _lines("Hauptplatz, Mariahilfer Straße, Kirchengasse, Donaulände"),
        _towns("Wien|Wien|10#0;Graz|Steiermark|80#0;Linz|Oberösterreich|40#0"),
        ("gmx.at", "gmail.com", "aon.at"),
    ),
    Country(
        "CH", 6, "de", "ch", "AG", "41", ("76", "78", "79"), 7, "0", "85.0",
        _words("Urs Regula Reto Nadine Beat Corinne Yannick Flurina"),
        _words("Meier Brunner Zürcher Aebi Fontana Rochat Caduff Baumgartner"),
        _lines("Seestrasse, Bundesplatz, Dorfstrasse, Rue du Lac"),
        _towns("Zürich|ZH|80##;Bern|BE|30##;Lausanne|VD|10##"),
        ("bluewin.ch", "gmail.com", "gmx.ch"),
    ),
    Country(
        "FR", 10, "fr", "fr", "SARL", "33", ("61", "66", "67", "68"), 7, "0", "90.1",
        _words("Éloïse Mathieu Chloé Gérard Amélie Thibault Noémie Rémi Fatou Loïc"),
        _words("Lefèvre Moreau Garnier Bérenger Dubois Chevalier Fabre Diallo Péron Masson"),
        _lines("rue des Tilleuls, avenue de la Gare, place du Marché, chemin Vert"),
        _towns("Lyon|Auvergne-Rhône-Alpes|6900#;Nantes|Pays de la Loire|4400#;Lille|Hauts-de-France|5900#"),
        ("orange.fr", "gmail.com", "free.fr", "laposte.net"),
    ),
    Country(
        "GB", 10, "en", "co.uk", "Ltd", "44", ("740", "771", "785", "790"), 7, "0", "81.130",
        _words("Oliver Priya Gareth Siobhan Hugh Maisie Rhys Imogen Kwame Fiona"),
        _words("Whitaker Patel Llewellyn O'Neill Ashdown Barnsley Mensah Fairclough Trent Hargreave"),
        _lines("Mill Lane, Victoria Road, Station Approach, Orchard Close"),
        _towns("Leeds|West Yorkshire|LS# #AB;Bristol|Avon|BS# #TH;Cardiff|Wales|CF# #NJ"),
        ("btinternet.com", "gmail.com", "outlook.com"),
    ),
    Country(
        "NL", 7, "nl", "nl", "BV", "31", ("61", "62", "64", "65"), 7, "0", "77.160",
        _words("Sanne Joost Marieke Daan Femke Wouter Anouk Bram"),
        _words("de-Wit Bakker Hoekstra Verbeek Postma Dijkman Smeets Veenstra"),
        _lines("Kerkstraat, Molenweg, Prinsengracht, Stationsplein"),
        _towns("Utrecht|Utrecht|35## AB;Groningen|Groningen|97## CD;Breda|Noord-Brabant|48## KL"),
        ("ziggo.nl", "gmail.com", "kpnmail.nl"),
    ),
    Country(
        "IT", 6, "it", "it", "Srl", "39", ("347", "333", "328"), 7, "", "79.10",
        _words("Giulia Niccolò Chiara Matteo Agnese Davide Ilaria Tommaso"),
        _words("Bianchi Ferraro Lombardi Conti Pellegrini Marchetti Galli Sartori"),
        _lines("via Garibaldi, corso Italia, piazza San Marco, via dei Mille"),
        _towns("Torino|Piemonte|101##;Bologna|Emilia-Romagna|401##;Bari|Puglia|701##"),
        ("libero.it", "gmail.com", "virgilio.it"),
    ),
    Country(
        "ES", 6, "es", "es", "SL", "34", ("61", "62", "65", "66"), 7, "", "80.24",
        _words("Íñigo Lucía Álvaro Marta Joaquín Nuria Begoña Rubén"),
        _words("Ibáñez Núñez Castaño Herrera Zubiri Peña Ferrer Montoya"),
        _lines("calle Mayor, avenida del Puerto, plaza Nueva, calle del Sol"),
        _towns("Valencia|Valencia|460##;Bilbao|Vizcaya|480##;Sevilla|Sevilla|410##"),
        ("hotmail.es", "gmail.com", "telefonica.net"),
    ),
    Country(
        "PL", 5, "pl", "pl", "Sp. z o.o.", "48", ("51", "60", "66", "88"), 7, "", "83.0",
        _words("Agnieszka Paweł Małgorzata Tomasz Łukasz Zofia Grażyna Michał"),
        _words("Wójcik Zieliński Dąbrowska Kaczmarek Górski Sokół Mazur Król"),
        _lines("ul. Lipowa, ul. Długa, al. Niepodległości, ul. Polna"),
        _towns("Kraków|Małopolskie|30-0##;Gdańsk|Pomorskie|80-0##;Łódź|Łódzkie|90-0##"),
        ("wp.pl", "onet.pl", "gmail.com"),
    ),
    Country(
        "SE", 4, "sv", "se", "AB", "46", ("70", "72", "73", "76"), 7, "0", "78.70",
        _words("Astrid Björn Åsa Göran Linnea Måns Ylva Henrik"),
        _words("Sjöberg Lindqvist Åkesson Nyström Hedlund Wikström Öberg Dahl"),
        _lines("Storgatan, Kungsvägen, Skolgatan, Hamngatan"),
        _towns("Göteborg|Västra Götaland|411 ##;Uppsala|Uppsala|753 ##;Malmö|Skåne|211 ##"),
        ("telia.com", "gmail.com", "hotmail.se"),
    ),
    Country(
        "US", 12, "en", "com", "Inc", "1",
        tuple(area + first for area in ("212", "310", "415", "512", "617") for first in _NANP_EXCHANGES), 6, "", "24.5",
        _words("Madison Tyrell Brooke Hector Caitlin Darnell Mei Curtis Savannah Elena"),
        _words("Holloway Ramirez Whitfield Nguyen Prescott Jefferson Okafor Lindgren Tran Sutter"),
        _lines("Maple Avenue, Elm Street, Harbor Drive, 4th Avenue"),
        _towns("Austin|TX|787##;Portland|OR|972##;Boston|MA|021##"),
        ("gmail.com", "yahoo.com", "aol.com", "outlook.com"),
    ),
    Country(
        "CA", 4, "en", "ca", "Inc", "1",
        tuple(area + first for area in ("416", "514", "604") for first in _NANP_EXCHANGES), 6, "", "24.48",
        _words("Noah Élodie Gordon Marie-Ève Sunil Heather Étienne Paige"),
        _words("Tremblay MacDonald Singh Bouchard Fraser Côté Leblanc Gagnon"),
        _lines("King Street, rue Saint-Denis, Granville Street, Bay Street"),
        _towns("Toronto|ON|M5V #K#;Montréal|QC|H2X #L#;Vancouver|BC|V6B #P#"),
        ("gmail.com", "rogers.com", "videotron.ca"),
    ),
)  # fmt: skip
