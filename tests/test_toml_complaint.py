"""Complaints about TOML files: msgspec's words turned into ours, and the line that is meant."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from tidehold.toml_complaint import Complaint, explain, line_of, parts_of

TEXT = '''\
name = "x"
# [[step]]
long = """
[[step]]
id = 7
"""

[[step]]
id = "a"
says = [
  { at_s = 1, text = "one" },
  { at_s = 2, text = "two" },
]

[[step]]  # the second
"id" = "b"
target.deg = 4

[variant.acute-sciatica]
name = "y"
keep = ["a"]

[[variant.acute-sciatica.step]]
id = "a"

[[variant.acute-sciatica.step]]
id = "b"
seconds = 5
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 1),
        ("long", 3),
        ("step[0]", 8),
        ("step[0].id", 9),
        ("step[0].says", 10),
        ("step[0].says[1].at_s", 12),
        ("step[0].says[9].at_s", 10),
        ("step[0].seconds", 8),
        ("step[1].id", 16),
        ("step[1].target.deg", 17),
        ("step[1].target.of", 17),
        ("variant.acute-sciatica", 19),
        ("variant.acute-sciatica.keep[0]", 21),
        ("variant.acute-sciatica.step[1].seconds", 28),
        ("variant.acute-sciatica.step[0].seconds", 23),
        ("step", 8),
        ("absent", None),
    ],
)
def test_the_line_of_a_key_or_of_the_table_that_it_belongs_in(key: str, line: int | None) -> None:
    tomllib.loads(TEXT)
    assert line_of(TEXT, key) == line


def test_the_parts_of_a_key() -> None:
    assert parts_of("variant.acute-sciatica.step[12].at_s") == ("variant", "acute-sciatica", "step", 12, "at_s")


class Item(msgspec.Struct, forbid_unknown_fields=True):
    size: float = 0.0


class Whole(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    item: tuple[Item, ...] = ()
    of: dict[str, Item] = {}
    one: Item | None = None


SCHEMA = msgspec.json.schema(Whole)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", Complaint("name", "a value", "none")),
        ("name = 7", Complaint("name", "str", "int")),
        ("name = 'x'\ncolour = 1", Complaint("colour", "one of the keys name, item, of, one", "an unknown key")),
        ("name = 'x'\n[[item]]\nweight = 1", Complaint("item[0].weight", "one of the keys size", "an unknown key")),
        ("name = 'x'\n[one]\nweight = 1", Complaint("one.weight", "one of the keys size", "an unknown key")),
    ],
)
def test_what_msgspec_says_in_our_words(text: str, complaint: Complaint) -> None:
    document = tomllib.loads(text)
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(document, Whole)
    assert explain(str(caught.value), document, SCHEMA) == complaint


def test_a_key_in_a_table_of_tables_has_its_schema_too() -> None:
    problem = "Object contains unknown field `weight` - at `$.of.small`"
    assert explain(problem, {}, SCHEMA) == Complaint("of.small.weight", "one of the keys size", "an unknown key")
