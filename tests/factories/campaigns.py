"""A campaign: one testimonial sent again and again, with other names, numbers and spellings each time.

The words are invented. The handles and numbers lead nowhere.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from shop.blueprints.articles.models import Article
from shop.blueprints.comments.models import Comment, State
from tests.factories.comments import make_comment

NAMES = (
    "Jennifer",
    "Steven",
    "Paula",
    "Natalie",
    "Cedric",
    "Brenda",
    "Kelvin",
    "Sandra",
    "Anthony",
    "Lydia",
    "Marcus",
    "Philip",
    "Gloria",
    "Desmond",
    "Yvonne",
    "Patrick",
    "Latoya",
    "Gerald",
    "Monica",
    "Trevor",
    "Angela",
    "Curtis",
    "Felicia",
    "Howard",
    "Denise",
    "Raymond",
    "Carla",
    "Vernon",
    "Shirley",
    "Wendell",
)
HELPERS = ("Doctor Amarok", "Dr. Amarok", "DR AMAROK", "Dr Amar0k", "Doctor Amarock", "Papa Amarok")
MESSENGERS = ("wassap", "whatapp", "wasap", "Whats App", "WhatsApp", "watsapp")
SPELLINGS = (
    ("grateful", ("gratefull", "greatful", "gratefuI")),
    ("relationship", ("relationshp", "realtionship", "relation ship", "reIationship")),
    ("contact", ("c0ntact", "contct", "contakt")),
    ("begging", ("beging", "begg1ng")),
    ("friend", ("freind", "frend", "sister", "neighbor", "colleague")),
    ("for ever", ("forever", "4ever")),
    ("honest", ("honnest", "0nest")),
    ("believe", ("beleive", "belive")),
    ("picking", ("pickin", "answering")),
)
TALE = (
    "I had lost all hope until a friend gave me the contact of {helper} who helps with these things. I did not "
    "believe it at first because I was scammed before. My {spouse} {name} left me for {months} months and was not "
    "picking my calls. I cried every night and could not eat. In {hours} hours {pronoun} was back and begging me. "
    "Today we are living happier than before. I am grateful for ever. If you need help in your relationship write to "
    "him on {messenger} {number}. He is a honest man."
)
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Testimonial:
    """One comment of a campaign."""

    author: str
    email: str
    body: str


def variations(number: int, *, seed: int = 1) -> Iterator[Testimonial]:
    """`number` of them, the same ones for the same seed."""
    chance = random.Random(seed)
    for index in range(number):
        author = f"{chance.choice(NAMES)} {chance.choice(NAMES)}"
        yield Testimonial(author, f"{author.split()[0].lower()}.{index}@example.net", _body(chance))


def make_campaign(
    article: Article, number: int, state: State | str = State.WAITING, *, seed: int = 1
) -> list[Comment]:
    """A stored campaign, as if it had been brought in."""
    return [
        make_comment(article, state, author_name=each.author, email=each.email, body=each.body)
        for each in variations(number, seed=seed)
    ]


def _body(chance: random.Random) -> str:
    is_she = chance.random() < 0.5
    body = TALE.format(
        helper=chance.choice(HELPERS),
        spouse=chance.choice(
            ("wife", "fiancee", "girlfriend") if is_she else ("husband", "boyfriend")
        ),
        pronoun="she" if is_she else "he",
        name=chance.choice(NAMES),
        months=chance.randint(2, 30),
        hours=chance.choice((12, 24, 36, 48, 72)),
        messenger=chance.choice(MESSENGERS),
        number="plus " + ", ".join(" ".join(chance.choices(_DIGITS, k=3)) for _ in range(3)),
    )
    for word, others in SPELLINGS:
        if chance.random() < 0.35:
            body = body.replace(word, chance.choice(others), 1)
    if chance.random() < 0.2:
        body = body.replace(".", "!!", 2)
    if chance.random() < 0.15:
        body = body.replace("o", "о", 4)  # Cyrillic
    return re.sub(r" +", " ", body)
