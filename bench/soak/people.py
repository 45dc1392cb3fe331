"""Those who come to the site: readers who never stop, and people who buy and write. Each comes from another address."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import random
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench import ground
from bench.buyers import FORM, Buyer, NoAnswer, SoldOut
from bench.soak.whole import Whole
from tests import servers

READ = ("/", ground.ARTICLE, "/articles/", "/shop/")
READERS, READ_PAUSE, READ_WITHIN = 3, 0.15, 5.0
PEOPLE, PAUSE = 6, 0.3
WITHIN = 30.0
WEBHOOKS = ("once", "thrice", "reversed", "never")
WORDS = (
    "key",
    "trust",
    "list",
    "garden",
    "river",
    "paper",
    "window",
    "morning",
    "letter",
    "reader",
)


@dataclass
class Told:
    """What all of them were told, and what was acknowledged and must therefore be there."""

    began: float = 0.0
    read_seconds: list[float] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What readers got instead of a page, and when."""
    bought: list[str] = field(default_factory=list)
    """The addresses of those who paid and were led back, or saw that they had paid."""
    outcomes: Counter[str] = field(default_factory=Counter)
    buyers: Counter[str] = field(default_factory=Counter)
    """The answers to buyers by status, those included after which they tried again."""
    acknowledged: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By what was written (comment, message, subscription, alert): its mark."""

    @property
    def share_read(self) -> float:
        asked = len(self.read_seconds) + len(self.unread)
        return len(self.read_seconds) / asked if asked else 0.0

    @property
    def broken_down(self) -> int:
        """Answers by which the site says that it broke down. Away, full or busy it has to say 503."""
        forms = sum(times for what, times in self.outcomes.items() if what.endswith(": 500"))
        return forms + sum(each.startswith("500 ") for each in self.unread)

    def read_within(self, hundredth: int) -> float:
        """Seconds within which so many of a hundred readers had their page."""
        if len(self.read_seconds) < 2:
            return float("inf")
        return statistics.quantiles(self.read_seconds, n=100)[hundredth - 1]


class Crowd:
    """All of them, in threads of this process."""

    def __init__(self, whole: Whole, readers: int = READERS, people: int = PEOPLE) -> None:
        self.told = Told()
        self._whole = whole
        self._numbers = itertools.count(1)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(readers)]
        self._people = [threading.Thread(target=self._live, daemon=True) for _ in range(people)]

    def come(self) -> None:
        """Begin, once every page has been read."""
        for path in READ:
            servers.until(
                lambda path=path: (
                    ask(self._whole.port, "GET", path, within=60) == "200"
                    and (self._whole.front / "last" / f"{path[1:]}.html").exists()
                ),
                path,
            )
        self.told.began = time.monotonic()
        for each in (*self._threads, *self._people):
            each.start()

    def go(self) -> None:
        """End, once each has finished what was begun: a buyer tries again for a minute and a half."""
        self._end.set()
        for each in (*self._threads, *self._people):
            each.join(400)

    def buy_one(self) -> bool:
        """One whole purchase, from here; whether it went through."""
        outcome = self._buy("plenty", "once")
        return outcome == "bought"

    def _read(self) -> None:
        for path in itertools.cycle(READ):
            if self._end.is_set():
                return
            began = time.monotonic()
            status = ask(self._whole.port, "GET", path, within=READ_WITHIN)
            if status == "200":
                self.told.read_seconds.append(time.monotonic() - began)
            else:
                after = began - self.told.began
                self.told.unread.append(f"{status} for {path} at {after:.0f} s")
            self._end.wait(READ_PAUSE)

    def _live(self) -> None:
        ways: list[tuple[int, Callable[[], object]]] = [
            (5, lambda: self._buy("plenty", random.choice(WEBHOOKS))),
            (1, lambda: self._buy("scarce", "once")),
            (3, self._comment),
            (2, self._write),
            (2, self._subscribe),
            (2, self._ask_for_alert),
        ]
        weights = [weight for weight, _ in ways]
        self._buy("scarce", "once")  # all at once: more than there are copies
        while not self._end.is_set():
            [(_, go)] = random.choices(ways, weights)
            go()
            self._end.wait(PAUSE * random.uniform(0.5, 1.5))

    def _buy(self, what: str, webhooks: str) -> str:
        buyer = Buyer(
            next(self._numbers),
            self._whole.port,
            self._whole.variants[what],
            webhooks=webhooks,
            comes_back=random.random() < 0.7,
            address=any_address(),
        )
        try:
            buyer.buy()
        except SoldOut:
            outcome = "sold out"
        except NoAnswer:
            outcome = "no answer"
        else:
            outcome = "bought"
            self.told.bought.append(buyer.email)
        self.told.buyers += buyer.answers
        self.told.outcomes[f"{what}: {outcome}"] += 1
        return outcome

    def _comment(self) -> None:
        mark, email = self._mark(), self._email()
        body = f"{' '.join(random.choices(WORDS, k=25))}. {mark}"
        form = {"author": f"Reader {mark}", "email": email, "body": body}
        self._send("comment", f"{ground.ARTICLE}/comments", form, mark)

    def _write(self) -> None:
        mark = self._mark()
        form = {"name": "Ruth", "email": self._email(), "message": f"A question. {mark}"}
        self._send("message", "/contact", form, mark)

    def _subscribe(self) -> None:
        email = self._email()
        self._send("subscription", "/newsletter", {"email": email}, email)

    def _ask_for_alert(self) -> None:
        email = self._email()
        form = {"variant": self._whole.variants["sold out"], "email": email}
        self._send("alert", f"/shop/{self._whole.sold_out_slug}/notify", form, email)

    def _send(self, what: str, path: str, form: dict[str, object], mark: str) -> None:
        """Once: nobody knows what became of a form that got no answer."""
        status = ask(self._whole.port, "POST", path, urlencode(form), within=WITHIN)
        self.told.outcomes[f"{what}: {status}"] += 1
        if status == "303":
            self.told.acknowledged[what].append(mark)

    def _mark(self) -> str:
        return f"mark{next(self._numbers)}x"

    def _email(self) -> str:
        return f"person{next(self._numbers)}@example.org"


def any_address() -> str:
    """One of loopback's, so that everybody seems to come from somewhere else and limits are real."""
    return "127." + ".".join(str(random.randint(1, 254)) for _ in range(3))


def ask(port: int, method: str, path: str, form: str | None = None, *, within: float) -> str:
    """The status of an answer that came whole, or what came instead."""
    client = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=within, source_address=(any_address(), 0)
    )
    with contextlib.closing(client):
        try:
            client.request(method, path, form, FORM if form else {})
            answer = client.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        return str(answer.status)
