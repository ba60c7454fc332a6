"""The learned rung: its answers, what it learns, its file, and the training behind it."""

from __future__ import annotations

import timeit
from pathlib import Path

import numpy as np
import orjson
import pytest
from river.linear_model import SoftmaxRegression
from river.optim import SGD

from app.inventory.checks import FINDABLE
from app.inventory.load import load
from app.learning.mapping_examples import Example, declared, dictionary, examples, fingerprint
from app.learning.mapping_model import NameModel
from app.learning.mapping_training import RECIPE, SEED, train
from app.pipeline.ladder.classifier import NONE, Classifier, around, shipped
from app.pipeline.ladder.classifier_features import BUCKETS, PIECES, encode
from app.pipeline.ladder.confirmed import Confirmation, Confirmed
from app.pipeline.ladder.leaf import Candidate, Kind

ROOT = Path(__file__).parents[2]


def said(label: str, field: str | None, kind: str | None = "words", path: str | None = None) -> Confirmation:
    return Confirmation("partner", path or f"data.{label}", field, label, kind, "reviewer", 1)


def best(classifier: Classifier, label: str, kind: Kind | None = None, context: tuple[str, ...] = ()) -> Candidate | None:
    return next(iter(classifier.predict(label, context, kind)), None)


def field_of(classifier: Classifier, label: str, kind: Kind | None = None, context: tuple[str, ...] = ()) -> str | None:
    found = best(classifier, label, kind, context)
    return None if found is None else found.field


@pytest.mark.parametrize(
    ("label", "kind", "field"),
    [
        ("Ihre geschäftliche Emailadr.", Kind.EMAIL, "email"),
        ("numéro de téléphone mobile pro", Kind.PHONE, "phone"),
        ("nombre de la compañía", Kind.COMPANY, "company"),
        ("código postal da residência", Kind.POSTCODE, "postcode"),
        ("ваш контактный телефон", Kind.PHONE, "phone"),
        ("您的公司全称", Kind.COMPANY, "company"),
        ("cust_emial", Kind.EMAIL, "email"),
    ],
)
def test_names_that_no_dictionary_holds_are_understood(label: str, kind: Kind, field: str) -> None:
    """Names of the six languages are known by their characters, whatever stands around and however they are misspelt."""
    assert field_of(shipped(), label, kind) == field


@pytest.mark.parametrize(("label", "context"), [("sku_quantity", ()), ("is_deleted_flag", ()), ("email_template_version", ())])
def test_plumbing_is_no_lead_field_for_certain(label: str, context: tuple[str, ...]) -> None:
    """Counters, flags and letters without sense get no field that would be mapped without asking."""
    assert [
        one for one in shipped().predict(label, context, Kind.INTEGER) if one.field is not None and one.confidence >= 0.9
    ] == []


@pytest.mark.parametrize("label", ["field_4", "3", "q5", "", "Input_12", "ꦲꦏ꧀ꦱꦫ", "xqzvwk"])
def test_of_a_name_that_tells_nothing_it_says_nothing(label: str) -> None:
    """Numbered fields, and names in letters never met, are left to the value: a guess would only do harm."""
    assert shipped().predict(label, (), Kind.PHONE) == ()


def test_classes_are_lead_fields_and_none() -> None:
    """The classifier knows all the fields that can be mapped, and nothing else."""
    assert set(shipped().fields) == FINDABLE | {NONE}


def test_a_confirmation_is_felt_at_once_for_the_name_and_similar_ones() -> None:
    """One word of a person decides for that name in other places, and leans its relatives that way."""
    learned = shipped().learned_from(Confirmed([said("zwickel", "company", "name")]))
    assert field_of(learned, "zwickel", Kind.NAME) == "company"
    assert field_of(learned, "zwickel", Kind.NAME, ("payload",)) == "company"
    assert field_of(learned, "Ihr Zwickel", Kind.NAME) == "company"
    assert field_of(shipped(), "zwickel", Kind.NAME) != "company"


def test_a_correction_takes_a_field_from_a_name_and_leaves_the_rest() -> None:
    """That one name is none of the fields does not spoil the plain names of the field it was taken for."""
    before, after = shipped(), shipped().learned_from(Confirmed([said("email_alt", None, "email")]))
    assert field_of(before, "email_alt", Kind.EMAIL) == "email"
    assert field_of(after, "email_alt", Kind.EMAIL) is None
    for label, kind, field in (
        ("email", Kind.EMAIL, "email"),
        ("E-Mail-Adresse", Kind.EMAIL, "email"),
        ("telefon", Kind.PHONE, "phone"),
    ):
        now, then = best(after, label, kind), best(before, label, kind)
        assert now is not None
        assert then is not None
        assert now.field == field
        assert now.confidence >= min(then.confidence, 0.7)


def test_many_confirmations_do_not_wreck_what_was_known() -> None:
    """After a hundred odd confirmations, the plain names of all languages mean what they meant."""
    odd = [said(f"zz{n}q{n % 7}", field, None, f"data.x{n}") for n, field in enumerate(["company", None, "message", "city"] * 25)]
    learned = shipped().learned_from(Confirmed(odd))
    plain = {
        "email": "email",
        "téléphone": "phone",
        "nachname": "last_name",
        "город": "city",
        "公司名称": "company",
        "cep": "postcode",
    }
    plain |= {
        "mensagem": "message",
        "código postal": "postcode",
        "vorname": "first_name",
        "phone number": "phone",
        "company": "company",
    }
    known = {label: field for label, field in plain.items() if field_of(shipped(), label) == field}
    assert len(known) >= 9
    assert [label for label, field in known.items() if field_of(learned, label) != field] == []


def test_learning_is_deterministic_and_makes_a_copy() -> None:
    """The same confirmations make the same model; the shipped one never changes; nothing said, nothing copied."""
    confirmed = Confirmed([said("zwickel", "company"), said("kunde nr 2", "customer_id", "integer", "data.y")])
    assert shipped().learned_from(confirmed).save() == shipped().learned_from(confirmed).save()
    assert shipped().learned_from(Confirmed()) is shipped()
    assert field_of(shipped(), "zwickel") != "company"


def test_what_a_person_said_in_odd_words_is_survived() -> None:
    """A kind or a field of another version, a path that is none: learned as far as it can be."""
    odd = [
        said("x", "no_such_field"),
        said("y", "city", "no_such_kind", "[[["),
        said("", "city", None, "a"),
        said("z" * 10_000, None, None, "b"),
    ]
    learned = shipped().learned_from(Confirmed(odd))
    assert field_of(learned, "y") == "city"


def test_a_confirmed_path_gives_the_names_around() -> None:
    """The classifier learns a name where it stood."""
    assert around(said("city", "city", path="customer.address.city")) == ("address", "customer")
    assert around(said("Ort", "city", path="field_data[name=Ort].values")) == ("values", "field_data")
    assert around(said("city", "city", path="[[[")) == ()


def test_the_array_model_is_rivers_softmax_regression() -> None:
    """Weights in one array make the same steps as River's dicts, to rounding."""
    made = [one for n, one in enumerate(examples({"en": dictionary()["en"]}, SEED)) if n % 211 == 0][:60]
    fields = sorted({one.field for one in made})
    ours, rivers = NameModel(fields, SGD(0.5)), SoftmaxRegression(SGD(0.5))
    for field in fields:
        _ = rivers.weights[field]  # River learns of a class when it first meets it; ours are known beforehand
    encoded = [encode(one.label, one.context, one.kind) for one in made]
    for x, one in zip(encoded, made, strict=True):
        ours.learn_one(x, one.field)
        rivers.learn_one(x, one.field)
    for x in encoded[:10]:
        theirs = rivers.predict_proba_one(x)
        assert all(abs(theirs[field] - chance) < 1e-9 for field, chance in ours.predict_proba_one(x).items())


def test_the_served_step_is_the_trained_one() -> None:
    """A confirmation moves the weights as one step of the training model does."""
    classifier = Classifier(
        ("city", "none"), np.zeros((BUCKETS, 2), np.float32), ((0.0, 0.0), (1.0, 1.0)), {}, bytes(PIECES // 8)
    )
    model = NameModel(("city", "none"), SGD(1.0))
    x = encode("ort", ("address",), Kind.NAME)
    chances = []
    for _ in range(40):
        if model.predict_proba_one(x)["city"] >= 0.98:
            break
        model.learn_one(x, "city")
        chances.append(model.predict_proba_one(x)["city"])
    classifier.learn("ort", ("address",), Kind.NAME, "city")
    assert len(chances) < 17
    assert classifier.probabilities("ort", ("address",), Kind.NAME)[0] == pytest.approx(chances[-1], abs=1e-4)


def test_a_model_comes_back_from_its_file(tmp_path: Path) -> None:
    """Saved and loaded, it answers the same; the file is JSON, below a megabyte, and says how it was made."""
    file = tmp_path / "model.json"
    file.write_bytes(shipped().save())
    again = Classifier.load(file)
    assert again.save() == shipped().save()
    for label in ("email", "Ihre Telefonnummer", "公司", "xyz"):
        assert again.predict(label, (), None) == shipped().predict(label, (), None)
    assert file.stat().st_size < 1_000_000
    assert {"seed", "names", "river", "recipe"} <= orjson.loads(file.read_bytes())["recipe"].keys()


@pytest.mark.parametrize("spoil", [b"", b"{}", b"[]", b"\x80\x04K\x01.", b'{"format": 99, "encoding": 1}'])
def test_a_file_that_is_no_model_is_refused(spoil: bytes) -> None:
    """What is not ours, or of another version, is refused with what to do about it."""
    with pytest.raises(ValueError, match="train-mapping"):
        Classifier.from_json(spoil)


def test_a_model_with_spoilt_weights_is_refused() -> None:
    """Weights cut short or not finite never serve."""
    data = orjson.loads(shipped().save())
    with pytest.raises(ValueError, match="mapping model"):
        Classifier.from_json(orjson.dumps(data | {"weights": data["weights"][:4000]}))
    with pytest.raises(ValueError, match="train-mapping"):
        Classifier(("city", "none"), np.full((BUCKETS, 2), np.nan, np.float32), ((0.0, 0.0), (1.0, 1.0)), {}, bytes(PIECES // 8))


def test_training_on_a_few_names_already_tells_them_apart() -> None:
    """A small dictionary trains in a moment, the same way twice, and holds the floors."""
    book = dictionary()["de"]
    fields = ("email", "phone", "company", "city", "first_name", "message")
    small = {"de": {"fields": {field: book["fields"][field] for field in fields}, "none": book["none"], "words": book["words"]}}
    classifier, report = train(books=small)
    assert train(books=small)[0].save() == classifier.save()
    assert report.held_out > 50
    assert report.accuracy > 0.75
    assert report.wrong_above <= 0.01
    assert field_of(classifier, "Ihre Telefonnummer", Kind.PHONE) == "phone"


def test_what_ships_is_what_the_command_makes() -> None:
    """It was trained from the names that the repository holds now; else run `leadstream train-mapping --out` with its path."""
    sources = load(ROOT / "deploy" / "config").sources.values()
    made: list[Example] = [*examples(dictionary(), SEED), *declared(sources, SEED)]
    recipe = shipped().recipe
    assert (recipe["recipe"], recipe["seed"], recipe["examples"]) == (RECIPE, SEED, len(made))
    assert recipe["names"] == fingerprint(made)


def test_an_answer_takes_microseconds() -> None:
    """An unseen name and a known one, at several times what was measured."""
    classifier = Classifier.from_json(shipped().save())
    labels = iter([f"Ihre E-Mail-Adresse {n}" for n in range(2_000)])
    assert (
        min(timeit.repeat(lambda: classifier.predict(next(labels), ("customer",), Kind.EMAIL), number=100, repeat=5)) / 100
        < 400e-6
    )
    assert (
        min(timeit.repeat(lambda: classifier.predict("email", ("customer",), Kind.EMAIL), number=1000, repeat=5)) / 1000 < 10e-6
    )
