"""What forms, test tools and impatient people write where a value should be. Compared in small letters, without decoration."""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.replace("\n", " ").split("|"))


_ANYWHERE = _words(
    """n/a|n.a|n\\a|#n/a|n/d|n.d|x|xx|xxx|xxxx|xxxxx|undefined|none|(none)|(not set)|not set|(not provided)|not provided|
    not specified|not available|not applicable|not given|no answer|no data|[object object]|tbd|tba|asdf|asdfg|asdfgh|asdfasdf|
    qwerty|qwertz|lorem ipsum|please select|select one|select an option|select option|choose one|choose an option|please choose|
    string|keine angabe|keine angaben|k.a|k. a|k/a|nicht angegeben|nicht zutreffend|nicht bekannt|bitte wählen|bitte auswählen|
    bitte wählen sie|bitte wählen sie aus|bitte waehlen|bitte auswaehlen|wählen sie|
    veuillez sélectionner|veuillez choisir|sélectionnez|choisissez|choisir une option|non renseigné|non précisé|non spécifié|
    non applicable|non disponible|sans objet|
    seleccione|por favor seleccione|seleccione una opción|seleccionar|elija una opción|no aplica|no especificado|no disponible|
    sin especificar|sin información|no informado|
    selecione|por favor selecione|selecione uma opção|selecionar|escolha uma opção|não aplicável|não informado|não especificado|
    não disponível|não se aplica|sem informação|nao informado|
    seleziona|selezionare|seleziona un'opzione|non applicabile|non specificato|non disponibile|non indicato|
    selecteer|maak een keuze|kies een optie|niet van toepassing|n.v.t|nvt|niet opgegeven|
    wybierz|proszę wybrać|wybierz opcję|nie dotyczy|nie podano|brak danych|
    не указано|не указан|не указана|не задано|не выбрано|нет данных|неизвестно|выберите|пожалуйста, выберите|не применимо|н/д|б/н|
    не вказано|оберіть|
    无|無|没有|沒有|未知|请选择|請選擇|未填写|未填|不详|暂无|不适用|選択してください|未選択|なし|不明|未記入|未設定|該当なし|特になし|
    없음|선택|선택하세요|선택해주세요|해당없음|
    seçiniz|lütfen seçiniz|belirtilmemiş|välj|vælg|velg|ej angivet|ikke angivet|ikke oppgitt|vyberte|neuvedeno|valitse|ei tietoa|
    válasszon|selectați|nespecificat|επιλέξτε|لا يوجد|غير معروف"""
)
NOT_FREE = _ANYWHERE | _words(
    """select|choose|nil|null|unknown|test|tests|testing|nothing|unspecified|auswählen|auswahl|unbekannt|entfällt|kein|keine|
    keiner|sélectionner|choisir|inconnu|aucun|aucune|néant|elija|elegir|desconocido|ninguno|ninguna|escolha|escolher|desconhecido|
    nenhum|nenhuma|scegli|scegliere|sconosciuto|nessuno|nessuna|selecteren|kiezen|onbekend|geen|nieznany|brak|нет|неизвестен|тест|
    选择|空|测试|測試|テスト|테스트|yok|bilinmiyor|ingen|okänd|ukendt|ukjent|neznámé|necunoscut|prueba|teste"""
)
_TEST_NAMES = _words(
    """test|test test|tester|testing|test tester|test testing|test user|testuser|test lead|test name|test kunde|test customer|
    tests|тест|тест тест|тестов тест|тест тестов|测试|測試|テスト|테스트|prueba|prueba prueba|teste|teste teste|essai|
    max mustermann|erika mustermann|maria mustermann|john doe|jane doe|joe bloggs"""
)
_SAMPLE_PEOPLE = _words("max mustermann|erika mustermann|maria mustermann|john doe|jane doe|joe bloggs")  # may be real: kept
NOT_NAMES = (
    _ANYWHERE
    | (_TEST_NAMES - _SAMPLE_PEOPLE)
    | _words(
        """unknown|unknown unknown|anonymous|anonym|anonyme|anonimo|anónimo|аноним|unbekannt|name|first name|firstname|first last|
        last name|lastname|full name|firstname lastname|your name|vorname|nachname|vorname nachname|foo|bar|foo bar|
        nombre apellido|nombre y apellidos|prénom nom|nom prénom|nome cognome|nome completo|имя|фамилия|имя фамилия|фио|姓名|名字|
        no name|noname|sin nombre|ohne namen|asdf asdf|abc|abcd|aaa|aaaa|нет"""
    )
)
_TEST_TOOLS = ("<test lead:", "test lead: dummy data")  # Meta's test tool
_NO_IDENTIFIERS = _words(
    "n/a|null|undefined|none|nil|nan|unknown|-|--|(none)|(not set)|not set|(null)|[object object]|string|n.a."
)
_DECORATION = "-–—_.…*:!?=<>~+ \"'"
_TEMPLATE = re.compile(
    r"<[^<>]{1,60}>|\{\{?[^{}]{0,60}\}?\}|\$\{[^{}]{0,60}\}|%[^%\s]{1,60}%|%%[^%]{1,60}%%|\[\[?[a-z_ .-]{1,60}\]?\]"
)
SUSPECTS = frozenset(_DECORATION + "<{$%[(#")


def is_placeholder(text: str) -> bool:
    """For free fields: company, city, interest, …"""
    low = text.lower()
    return low in NOT_FREE or ((low[:1] in SUSPECTS or low[-1:] in SUSPECTS) and _is_decorated(low, NOT_FREE))


def is_placeholder_name(text: str) -> bool:
    """For names of people. Na and Null are names; `null` and `NULL` are a serialiser's."""
    low = text.lower()
    if low in NOT_NAMES or text in ("null", "NULL"):
        return True
    return (low[:1] in SUSPECTS or low[-1:] in SUSPECTS) and _is_decorated(low, NOT_NAMES)


def is_nothing(text: str) -> bool:
    """For identifiers: what serialisers and templates write where there is none. `test` may be one, `null` is not."""
    low = text.lower()
    return low in _NO_IDENTIFIERS or (low[:1] in "<{$%[" and _TEMPLATE.fullmatch(low) is not None)


def is_special_name(text: str) -> bool:
    """Whether a name of several words is a placeholder or a test."""
    low = text.lower()
    return low in NOT_NAMES or low in _TEST_NAMES


def is_test_name(text: str) -> bool:
    """Whether somebody tries a form out: `test test`, a test tool's lead, the sample person of a country."""
    low = text.lower()
    return low in _TEST_NAMES or (low[:1] in "<t" and low.startswith(_TEST_TOOLS))


def _is_decorated(low: str, words: frozenset[str]) -> bool:
    """`-- Please select --`, `(none)`, `<string>`, `{{email}}`, `…`; only asked where the first character is suspicious."""
    core = low.strip(_DECORATION)
    return not core or core in words or low.startswith(_TEST_TOOLS) or _TEMPLATE.fullmatch(low) is not None
