"""Buyers: each has a cart and a cookie, asks over HTTP, and tries again when there is no answer."""

from __future__ import annotations

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

PATIENCE = 90.0
PAUSE = 0.2
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HIDDEN = re.compile(r'name="(page_key|seen)"[^>]*value="([^"]*)"')


class NoAnswer(Exception):
    """The shop did not answer within a buyer's patience."""


class SoldOut(Exception):
    """The shop said that it is sold out."""


@dataclass
class Buyer:
    """One person who wants one thing.

    Args:
        webhooks: how the provider tells the shop of the payment: once, three times, in the wrong order, never.
        comes_back: whether the buyer returns to the shop after paying.
        address: where the buyer's connections come from, one of 127.0.0.0/8; the machine's own if empty.
    """

    number: int
    port: int
    variant_id: int
    webhooks: str = "once"
    comes_back: bool = True
    address: str = ""
    answers: Counter[str] = field(default_factory=Counter)
    _cart: str = ""

    @property
    def email(self) -> str:
        return f"buyer{self.number}@example.org"

    def buy(self) -> None:
        """From the product to the paid order.

        Raises:
            SoldOut: nothing is left.
            NoAnswer: there was no answer for a minute and a half.
        """
        self.put_in()
        pay_page = self._check_out()
        back = self._ask("POST", pay_page, {"outcome": "succeed", "webhooks": self.webhooks})
        if self.comes_back:
            self._ask("GET", urlsplit(back.location).path)

    def put_in(self) -> None:
        answer = self._ask("POST", "/cart/items", {"variant": self.variant_id, "quantity": 1})
        if answer.status != 303:
            raise SoldOut
        self._cart = answer.cookies["cart"]

    def _check_out(self) -> str:
        page = self._ask("GET", "/checkout")
        if page.status != 200:
            raise SoldOut  # the cart says what no longer fits
        who = {"email": self.email, "name": f"Buyer {self.number}", "country": "IE"}
        who["consent"] = "y"  # to the delivery of downloads at once
        answer = self._ask("POST", "/checkout", who | dict(HIDDEN.findall(page.body)))
        if answer.status == 422:  # the country has changed the total, so we are asked again
            answer = self._ask("POST", "/checkout", who | dict(HIDDEN.findall(answer.body)))
        give_up = time.monotonic() + PATIENCE
        while answer.status == 409 and time.monotonic() < give_up:  # "press once more"
            answer = self._ask("POST", "/checkout", who | dict(HIDDEN.findall(answer.body)))
        if answer.status != 303:
            raise SoldOut
        return urlsplit(answer.location).path

    def _ask(self, method: str, path: str, form: dict[str, object] | None = None) -> Answer:
        """Ask again until the answer is not a server error."""
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            try:
                answer = self.ask_once(method, path, form)
            except (OSError, http.client.HTTPException):
                self.answers["none"] += 1
            else:
                self.answers[str(answer.status)] += 1
                if answer.status < 500:
                    return answer
            time.sleep(PAUSE * random.uniform(0.5, 1.5))
        raise NoAnswer(f"{method} {path}")

    def ask_once(self, method: str, path: str, form: dict[str, object] | None) -> Answer:
        source = (self.address, 0) if self.address else None
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=20, source_address=source
        )
        headers = FORM if form is not None else {}
        if self._cart:
            headers = headers | {"Cookie": f"cart={self._cart}"}
        try:
            connection.request(method, path, urlencode(form) if form else None, headers)
            got = connection.getresponse()
            cookies = dict(
                each.partition(";")[0].partition("=")[::2]
                for each in got.headers.get_all("Set-Cookie", [])
            )
            return Answer(got.status, got.headers.get("Location", ""), cookies, got.read().decode())
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a buyer sees of an answer."""

    status: int
    location: str
    cookies: dict[str, str]
    body: str


def all_at_once(buyers: Sequence[Buyer], *, at_a_time: int) -> Counter[str]:
    """Let the buyers buy, so many at a time; returns how many bought, found it sold out, or got no answer."""
    outcomes: Counter[str] = Counter()
    queue = iter(buyers)
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                buyer = next(queue, None)
            if buyer is None:
                return
            outcome = _outcome(buyer.buy)
            with lock:
                outcomes[outcome] += 1

    threads = [threading.Thread(target=work) for _ in range(min(at_a_time, len(buyers)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _outcome(buy: Callable[[], None]) -> str:
    try:
        buy()
    except SoldOut:
        return "sold out"
    except NoAnswer:
        return "no answer"
    return "bought"
