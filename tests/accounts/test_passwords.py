"""Which passwords are good enough, and what is kept of them."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from shop.blueprints.accounts import passwords
from shop.core.errors import Refused, TooMany
from shop.core.web.limits import capacity
from tests import servers
from tests.effort import TENTH_OF_A_SECOND, effort

ABOUT = ("ruth.miller@example.org", "Ruth Miller", "Bookstall")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 201,
        "password12",
        "Password123!",
        "P@ssw0rd1234",
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "qwertyasdfgh",
        "abcdefghijkl",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "letmein12345",
        "iloveyou2026",
        "1q2w3e4r5t6y",
        "ruth.miller1",
        "millerruth99",
        "bookstall2026",
        "hallowelt2026",
        "motdepasse1",
        "correct horse battery staple",
        "ruthmiller@example.org",
        "yfcnhjtybt",
        "freyfvfnfnf",
        "JwHw6N1742",
    ],
)
def test_what_is_guessed_first_is_refused(app, password):
    with pytest.raises(Refused) as refused:
        passwords.check(password, about=ABOUT)
    assert refused.value.field == "password"


def test_common_passwords_that_are_long_enough_are_refused_but_for_one_in_a_hundred(app):
    common = (Path(__file__).parent / "common_passwords.txt").read_text().split()
    taken = []
    for password in common:
        with suppress(Refused):
            passwords.check(password, about=ABOUT)
            taken.append(password)
    assert len(common) > 120
    assert len(taken) <= len(common) // 100, taken


@pytest.mark.parametrize(
    "password",
    [
        "four quiet willow boats",
        "correct lamp pony drawer",
        "xK9#mQ2$vL",
        "ruth reads by the window at dusk",
        "пароль из трёх слов",
        "三月的风吹过窗前的纸",
        "🌿🌿🦊 leaves and foxes",
        "x" * 3 + "-lighthouse-" + "y" * 180,
    ],
)
def test_words_of_ones_own_are_taken(app, password):
    passwords.check(password, about=ABOUT)


def test_a_hash_is_argon2id_at_no_less_than_owasp_advises():
    kind, version, cost = Argon2Hasher().hash("four quiet willow boats").split("$")[1:4]
    memory, rounds, lanes = (int(part[2:]) for part in cost.split(","))
    assert (kind, version) == ("argon2id", "v=19")
    assert memory >= 19 * 1024
    assert rounds >= 2
    assert lanes >= 1


def test_a_hash_opens_to_its_password_alone(app):
    kept = passwords.make_hash("four quiet willow boats")
    assert passwords.verify("four quiet willow boats", kept)
    assert not passwords.verify("four quiet willow boat", kept)
    assert not passwords.verify("", kept)
    assert not passwords.verify("four quiet willow boats" + "x" * 300, kept)


def test_letters_that_look_the_same_are_the_same(app):
    assert passwords.verify(
        "cafe\u0301 au lait chaud", passwords.make_hash("caf\u00e9 au lait chaud")
    )


def test_without_a_hash_it_takes_as_long(app, monkeypatch):
    slow = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=16 * 1024, parallelism=1),))
    monkeypatch.setattr(passwords, "hasher", slow)
    kept = passwords.make_hash("x")
    passwords.verify("warm", None)

    def fastest(password, password_hash):
        seconds = []
        for _ in range(5):
            before = time.thread_time()
            passwords.verify(password, password_hash)
            seconds.append(time.thread_time() - before)
        return min(seconds)

    assert fastest("wrong", None) > 0.25 * fastest("wrong", kept)
    assert fastest("x" * 5000, kept) > 0.25 * fastest("wrong", kept)


def test_redos(app):
    with suppress(Refused):
        passwords.check("reads the lists of words")
    for password in ("a" * 200, "1!" * 100, "qwertyuiop" * 20, "_" * 200):

        def check(password=password):
            with pytest.raises(Refused):
                passwords.check(password, about=("a" * 300, "b" * 80, "c"))

        assert effort(check) < TENTH_OF_A_SECOND


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "control"])
def test_however_many_guess_a_thread_is_left_for_pages(app, monkeypatch, guarded):
    """Of twenty at once a few are looked at, one after another; the others are sent away at once."""
    if not guarded:
        monkeypatch.setattr(passwords, "_places", threading.BoundedSemaphore(20))
    acquire, asked, go_on = passwords._places.acquire, [], threading.Event()

    def noted(**how):
        asked.append(acquire(**how))
        return asked[-1]

    monkeypatch.setattr(passwords._places, "acquire", noted)

    class Slow:
        def verify(self, *_):
            return go_on.wait(300)

    monkeypatch.setattr(passwords, "hasher", Slow())

    def guess():
        with app.app_context(), suppress(TooMany):
            passwords.verify("a guess", "kept")

    held = [threading.Thread(target=guess) for _ in range(20)]
    for thread in held:
        thread.start()
    servers.until(lambda: len(asked) == 20, "every thread to ask for a place")
    go_on.set()
    for thread in held:
        thread.join()
    assert (sum(asked) < capacity.WORKED_ON) is guarded
