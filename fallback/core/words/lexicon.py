"""Words that a message in an outage is better without, and a few that it needs.

Polish, English, Spanish and Romanian; what is the same everywhere stands under
``ANY``. Each entry is a regular expression on folded text: owners type "przepraszamy za
blad" on a phone. A match begins at a word, so that *winogrona* are no *wina*.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache

ANY = ""
LANGUAGES = ("pl", "en", "es", "ro")
"""The languages that have lists; of any other, only the structure is judged."""

_SINGLE = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d", "’": "'", "\xa0": " "})
_UNITS = "zl|pln|eur|euro|€|lei|ron|usd|gbp|kc|ft|szt|kg|g|ml|l|m|km|cm|mm|%|[$£]"

_WORDS: Mapping[str, Mapping[str, str]] = {
    "apology": {
        "pl": r"przeprasza\w*|przykro nam|przeprosin\w*|wybacz\w*",
        "en": r"sorry|apolog(?:y|ies|i[sz]e\w*)|regret",
        "es": r"(?:lo )?sentimos|lamentamos|disculp\w*|perdon\w*",
        "ro": r"ne pare rau|ne cerem scuze|scuze\w*|scuzati\w*|regretam",
    },
    "apology-hollow": {
        "pl": r"przeprasza\w* za (?:wszelkie |ewentualne |powstale )?niedogodnosci"
        r"|jesli (?:ktos|kogos) urazi\w*",
        "en": r"sorry (?:if|for any inconvenience)|any inconvenience",
        "es": r"(?:disculp\w*|perdon\w*) (?:por )?(?:las|cualquier) (?:posibles )?"
        r"molestias|cualquier (?:molestia|inconveniente)",
        "ro": r"scuze pentru (?:eventualele |orice )?(?:neplaceri\w*|inconvenient\w*)"
        r"|eventualele (?:neplaceri|inconveniente)",
    },
    "blame": {
        "pl": r"z winy|win[aey] (?:lezy po stronie|ponosi|firmy|dostawcy|hostingu"
        r"|operatora)|przez (?:naszego )?(?:hostingodawc\w*|dostawc\w*|informatyk\w*"
        r"|programist\w*)|nie (?:jest|byla) to nasza wina|to nie nasza wina"
        r"|niezalezn\w* od nas|zawiodl\w* (?:nas )?(?:firma|dostawca|hosting\w*)",
        "en": r"not our fault|(?<!our )fault of|blame|due to (?:a |our )?"
        r"(?:third[- ]party|hosting provider|vendor|supplier)"
        r"|caused by our (?:hosting|provider|vendor|supplier)|beyond our control"
        r"|let us down",
        "es": r"culpa (?:de|del|es)|por culpa|ajen[oa]s? a (?:nosotros|nuestra "
        r"voluntad)|(?:nuestro|el|del) proveedor (?:nos )?ha fallado"
        r"|no es (?:culpa nuestra|nuestra culpa)",
        "ro": r"din vina|vina (?:furnizorului|este)|nu e(?:ste)? vina noastra"
        r"|independent\w* de (?:noi|vointa noastra)"
        r"|din cauza (?:furnizorului|firmei de hosting)",
    },
    "jargon": {
        # 503 alone is the error; 503 zł is a price, and 600 503 200 a phone number
        ANY: rf"(?:error|blad\w*|kod|code|cod|codigo|status|http) ?50[0-4]"
        rf"|(?<!\d )(?<!\d[.,:-])50[234](?![.,:-]?\d| ?\d| ?(?:{_UNITS})(?!\w))"
        r"|http|dns|cdn|ssl|tls|api|sql|mysql|backend|frontend|raid|failover"
        r"|load ?balancer|cache|kernel|docker|kubernetes|vps|cron|timeout|downtime"
        r"|rollback|deploy\w*|cluster\w*|daemon|nginx|apache|php|latenc\w*"
        r"|service unavailable|bad gateway|internal server error",
        "en": r"nodes?|database|hypervisor|firewall",
        "pl": r"klaster\w*|wezel sieci|macierz\w* dyskow\w*|baz[aeyi] danych"
        r"|przelaczeni\w* awaryjn\w*|wdrozeni\w*|wirtualizacj\w*",
        "es": r"bases? de datos|despliegue|cortafuegos|balanceador",
        "ro": r"baz[ae] de date|echilibrare de sarcina",
    },
    "vague": {
        "pl": r"prace (?:techniczne|konserwacyjne|serwisowe)|przerw\w* techniczn\w*"
        r"|problem\w* techniczn\w*|trudnosci\w* techniczn\w*|wkrotce|niebawem"
        r"|w najblizszym czasie|jak najszybciej",
        "en": r"(?:under|undergoing|scheduled) maintenance|technical difficulties"
        r"|technical issues?|making improvements|be right back|back soon"
        r"|shortly(?! (?:before|after))|as soon as possible",
        "es": r"mantenimiento|problemas tecnicos|dificultades tecnicas|volvemos pronto"
        r"|en breve|lo antes posible",
        "ro": r"mentenanta|probleme tehnice|dificultati tehnice"
        r"|revenim (?:in )?curand|in curand|cat mai (?:repede|curand)",
    },
    "promise": {
        "pl": r"na 100 ?%|100 ?% (?:pewn|gwaran)\w*|gwarantuj\w*|obiecuj\w*"
        r"|na pewno|z cala pewnoscia|nigdy wiecej"
        r"|(?:juz )?(?:sie )?nie powtorzy",
        "en": r"100 ?% (?:sure|certain|safe|secure|guaranteed)|guarantee\w*|promise"
        r"|will definitely|certainly will"
        r"|never again|never happen again",
        "es": r"100 ?% segur\w*|al 100 ?%|garantiza\w*|prometemos"
        r"|con toda seguridad|nunca mas"
        r"|no volvera a (?:ocurrir|pasar|suceder)",
        "ro": r"100 ?% sigur\w*|garantam|promitem|cu siguranta|niciodata nu se va"
        r"|nu se va mai (?:intampla|repeta)",
    },
    "humour": {
        ANY: r"ups+|o+ps+|whoops|ojej|ojoj|ha(?:[- ]?ha)+|lol|xd",
    },
    "panic": {
        "pl": r"katastrof\w*|tragedi\w*|zhakowa\w*|wlamani\w*|atak hakersk\w*",
        "en": r"catastroph\w*|disaster\w*|nightmare|panic\w*|hack(?:ed|ers?|ing)"
        r"|cyber ?attack\w*",
        "es": r"catastrof\w*|desastre\w*|pesadilla|panico|hacke\w*|ciberataque\w*",
        "ro": r"catastrof\w*|dezastr\w*|cosmar|panica|hackeri\w*|atac cibernetic",
    },
    "security-claim": {
        "pl": r"dan(?:e|ych)\b[^.!?]{0,40}(?:bezpieczn\w*|nie wycie\w*"
        r"|nie zosta\w* (?:skradzion|utracon|narazon)\w*)",
        "en": r"(?:data|personal information|passwords?)\b[^.!?]{0,40}(?:safe|secure"
        r"|not (?:been )?(?:leaked|stolen|lost|affected|compromised))"
        r"|no (?:customer |personal )?data (?:was|were|has|have)",
        "es": r"datos\b[^.!?]{0,40}(?:a salvo|segur[oa]s?|no se han (?:filtrado|perdido"
        r"|visto))",
        "ro": r"datele\b[^.!?]{0,40}(?:in siguranta|sigure|nu au fost)",
    },
    "personal-data": {
        ANY: r"#\d{4,}",
        "pl": r"zamowieni\w* (?:nr|numer)\.? ?\w*\d{3,}|pesel",
        "en": r"order (?:no\.?|number) ?\w*\d{3,}|order \d{4,}",
        "es": r"pedido (?:n\.?[oº°]?|numero|num\.?) ?\w*\d{3,}",
        "ro": r"comanda (?:nr\.?|numarul) ?\w*\d{3,}",
    },
    "placeholder": {
        ANY: r"lorem ipsum|tbd|fixme|xxx+|hh:mm|gg:mm",
    },
    "cause": {
        "pl": r"przyczyn\w*|powod\w*|poniewaz|zepsu\w*|awari\w*|uszkodz\w*|usterk\w*"
        r"|zawiod\w*|blad\w*|bled\w*|pekl\w*|spali\w*",
        "en": r"caus(?:e|es|ed)|because|reason|due to|broke\w*|fail\w*|fault\w*"
        r"|damage[ds]?|went wrong|mistake|outage",
        "es": r"causa\w*|porque|motivo|debido a|averi\w*|fall[aoe]\w*|estrope\w*"
        r"|dan[oa]\w*|error\w*|rompi\w*",
        "ro": r"cauz\w*|pentru ca|motiv\w*|defec\w*|avari\w*|stricat\w*|eroare\w*"
        r"|gresit\w*|gresea\w*|cedat",
    },
    "cause-named": {
        # that there is a cause, or will be one, or what it did: this tells none
        "pl": r"(?:znamy|znaleziono|szukamy|ustalamy|poznalismy) (?:juz )?przyczyn\w*"
        r"|(?:za|od|przed|po|podczas|w czasie|trwa) (?:te |ta |tej |nasz\w+ )?awari\w*",
        "en": r"(?:know|found|looking for|finding|identified) (?:the|its) "
        r"(?:cause|reason)"
        r"|(?:for|about|before|during|since|after) (?:the|this|our) (?:outage|failure)",
        "es": r"(?:conocemos|sabemos|buscando|buscamos|averiguando) (?:ya )?"
        r"(?:la causa|el motivo)"
        r"|(?:por|antes de|durante|desde|tras|sentimos) (?:la|esta) averia",
        "ro": r"(?:cunoastem|stim|cautam|aflam) (?:acum |deja )?(?:care este )?cauza"
        r"|(?:pentru|de|inainte de|in timpul|dupa) (?:aceasta )?avari\w*",
    },
    "return": {
        "pl": r"wraca(?:my)?|wroci(?:my|c|a)?"
        r"|bedziemy (?:znowu |znow )?(?:dzialac|otwarci)",
        "en": r"(?:be|are|we're) back|reopen\w*|open again",
        "es": r"volve(?:mos|remos|ra)|reabri(?:mos|remos)|estaremos de vuelta",
        "ro": r"revenim|vom reveni|redeschidem|vom redeschide",
    },
    "qualifier": {
        "pl": r"okolo|ok\.|przewidu\w*|przewidywan\w*|szacuj\w*|szacowan\w*"
        r"|wedlug obecnej oceny|spodziewa\w*|mniej wiecej|najpozniej|oceniamy"
        r"|planuj\w*",
        "en": r"about|around|approximately|estimat\w*|expect\w*|aim to|at the latest"
        r"|no later than|our current|plan to|hope to",
        "es": r"aproximadamente|alrededor de|sobre las|estim\w*|prev\w*|esperamos"
        r"|a mas tardar|hacia las|calculamos",
        "ro": r"aproximativ|in jur\w*|estim\w*|preconiz\w*|ne asteptam|cel tarziu"
        r"|circa|prevede\w*|speram",
    },
}
_FACES = re.compile(
    "[\U0001f600-\U0001f64f\U0001f910-\U0001f92f\U0001f970-\U0001f97a\U0001f400-"
    "\U0001f43f\U0001f4a9\U0001f389\U0001f921]"
)
# {what}, [date], ____ and …. are places that nobody filled; [x](y) is a link
_PLACES = re.compile(
    r"\{[^{}\n]{0,80}\}|\[\[[^\]\n]{0,80}\]\]|\[(?!x\]| \])[^\]\n]{1,40}\](?![(\[:])"
    r"|_{4,}|\.{5,}|(?i:\bexample\.(?:com|org|net)\b)|\bTODO\b"  # small, it is Spanish
)


@lru_cache(maxsize=2048)
def folded(text: str) -> str:
    """Return *text* without accents and capitals: as many characters as its NFC has."""
    plain = unicodedata.normalize("NFC", text)
    return "".join(map(_folded_letter, plain))


@cache
def _folded_letter(letter: str) -> str:
    lower = letter.lower()[:1].translate(_SINGLE)
    return unicodedata.normalize("NFD", lower)[:1]


def hits(rule: str, language: str, text: str) -> tuple[str, ...]:
    """Return the places of *text* that the list *rule* knows, as they are written.

    Of a language without a list, only what is the same everywhere is found.
    """
    plain = unicodedata.normalize("NFC", text)
    found = [
        plain[hit.start() : hit.end()]
        for pattern in _patterns(rule, language.partition("-")[0])
        for hit in pattern.finditer(folded(plain))
    ]
    if rule == "humour":
        # the courier is no joke
        found = [hit for hit in found if hit != "UPS"] + _FACES.findall(plain)
    if rule == "placeholder":
        found += _PLACES.findall(plain)
    return tuple(found)


@cache
def _patterns(rule: str, language: str) -> tuple[re.Pattern[str], ...]:
    lists = _WORDS[rule]
    wanted = dict.fromkeys((ANY, language))
    # the end of a word is asked of word characters only: "ok." and "100 %" have none
    return tuple(
        re.compile(rf"(?<!\w)(?:{lists[each]})(?:(?<!\w)|(?!\w))")
        for each in wanted
        if each in lists
    )
