"""Member names that say what part a member plays beside its siblings: a name, a question, a type, a value.

Vendors agree on few of them, and form builders speak their makers' languages. What is not here may still be recognised by its
structure (elements.py).
"""

from __future__ import annotations

import re

_NO_LETTERS = re.compile(r"[\W_]+")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Texts for people: best first.
HUMAN = _words(
    "question questiontext questiontitle heading headings questionlabel "
    "fieldlabel fieldtitle columnname displayname label title prompt caption "
    "frage fragetext beschriftung bezeichnung titel "
    "libellé libelle intitulé intitule étiquette etiquette titre "
    "pregunta etiqueta título titulo pergunta rótulo rotulo domanda etichetta titolo vraag pytanie etykieta soru etiket "
    "вопрос название заголовок метка подпись питання "
    "问题 問題 标题 標題 标签 標籤 题目 題目 質問 ラベル タイトル 項目名 질문 제목 سؤال عنوان"
)

# Names for machines: best first, a bare id last, for ids may differ from record to record.
MACHINE = _words(
    "name key slug ref fieldname fieldkey columnid field fieldid fieldref questionid questionkey questionref questionname "
    "part attribute attributename property propertyname param parameter parametername variable variablename tag code column "
    "columnkey itemname itemkey internalname apiname apicode "
    "feld feldname schlüssel champ nomduchamp clé campo nombredelcampo nomedocampo clave chave chiave veld pole alan "
    "поле имяполя ключ 字段 字段名 字段名称 名称 名稱 键 フィールド 項目 名前 필드 이름 "
    "uid uuid gid identifier id"
)

KINDS = _words("type fieldtype questiontype answertype inputtype datatype kind valuetype typ tipo тип 类型 類型")

# Types of questions that say which field their answer is, where the question itself tells nothing.
ANSWER_KINDS = {
    word: field
    for field, words in (
        ("email", "email emailinput inputemail emailaddress emailfield emailanswer controlemail mail"),
        ("phone", "phone phonenumber tel telephone phoneinput inputphonenumber inputphone phonefield controlphone mobilephone"),
        ("full_name", "fullname namefield controlfullname personname inputname"),
        ("first_name", "firstname givenname inputfirstname"),
        ("last_name", "lastname familyname inputlastname"),
        ("company", "company companyname organization"),
        ("city", "city inputcity"),
        ("postcode", "zip zipcode postcode postalcode"),
        ("country", "country countryselect"),
        (
            "message",
            "textarea inputtextarea textareafield controltextarea longtext longtextfield longanswer longresponse longstring "
            "paragraph paragraphtext paragraphs multiline multilinetext multilinetextbox multilineplaintext multipletext essay "
            "opentext openended freetext freeform comment commentbox message memo bigtext textbox",
        ),
    )
    for word in words.split()
}

# Objects that give each answer's key its label, where the answers have the same keys.
LABEL_MAPS = _set(
    "labels label_map labelMap labelmap title_map titleMap titles fieldLabels field_labels fieldlabels fieldNames field_names "
    "questions question_map questionMap fields_map fieldMap headers columns schema definitions captions field_titles fieldTitles "
    "names_map"
)

# What holds the answer. Inside or beside something that names it, these say nothing of their own.
VALUES = _set(
    "value values val vals stringvalue stringvalues fieldvalue fieldvalues uservalue rawvalue textvalue displayvalue "
    "answer answers answervalue answervalues answertext answerdetails answerdata "
    "useranswer rawanswer selectedvalue selectedvalues "
    "wert werte antwort antworten eingabe valeur valeurs réponse réponses reponse reponses "
    "valor valores respuesta respuestas resposta respostas valore valori risposta risposte waarde antwoord wartość wartosc "
    "odpowiedź odpowiedz değer deger cevap yanıt yanit svar värde verdi värden "
    "значение значения ответ ответы відповідь значення 值 答案 回答 回覆 答え 値 入力 값 답변 응답 قيمة إجابة"
)

# The same, where nothing else could be the value.
WEAK_VALUES = _set(
    "data text content contents response responses input body selected selection selections choice choices option options entry "
    "string number boolean date url file datum contenu texte contenido texto содержание текст 内容 数据 文本"
)

# Beside a value: what could have been answered.
OPTIONS = _set(
    "options choices allowedvalues possiblevalues enumvalues optionen auswahl opciones opcoes opções варианты 选项 選項"
)

# Below a value: {choice: {label: Red}}, {choices: {labels: [Red, Blue]}}.
INSIDE_VALUES = VALUES | WEAK_VALUES | frozenset(("label", "labels", "other", "textquestionanswer", "multiplechoiceanswer"))

# Members by which one sees a record of its own (a person, a product, a deal), and no name with its value.
RECORDS = _set(
    "email emailaddress phone phonenumber mobile firstname lastname fullname surname company street city postcode zip "
    "price total subtotal amount quantity qty sku currency productid variationid unitprice rate discount"
)


def plain(name: str) -> str:
    """A member's name as the sets above spell it: lower case, without blanks, hyphens and underscores."""
    return _NO_LETTERS.sub("", name[:60]).lower()
