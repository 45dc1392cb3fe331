"""A name server that says nothing holds nobody up."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from shop.serving.resolver import PatientLookUp

FOUND = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 5432))]


class NameServer:
    """Answers, or is silent, until told otherwise."""

    def __init__(self) -> None:
        self.speaks = threading.Event()
        self.asked = 0

    def __call__(self, *_given: Any, **_named: Any) -> Any:
        self.asked += 1
        self.speaks.wait(60)
        return FOUND


@pytest.fixture
def name_server():
    server = NameServer()
    yield server
    server.speaks.set()


def test_who_asks_a_silent_name_server_is_told_so_in_time_and_nobody_else_waits(name_server):
    look_up = PatientLookUp(name_server, within=0.05)

    with pytest.raises(socket.gaierror) as told:
        look_up("db.example", 5432, type=socket.SOCK_STREAM)
    look_up._within = 60.0
    began = time.monotonic()
    with pytest.raises(socket.gaierror):
        look_up("db.example", 5432, type=socket.SOCK_STREAM)

    assert told.value.errno == socket.EAI_AGAIN
    assert time.monotonic() - began < 30
    assert name_server.asked == 1


def test_the_last_good_answer_serves_while_the_name_server_is_silent(name_server):
    look_up = PatientLookUp(name_server, within=0.05)
    name_server.speaks.set()
    assert look_up("db.example", 5432) == FOUND

    name_server.speaks.clear()

    assert look_up("db.example", 5432) == FOUND


def test_an_answer_that_comes_late_is_there_for_the_next(name_server):
    look_up = PatientLookUp(name_server, within=0.05)
    with pytest.raises(socket.gaierror):
        look_up("db.example", 5432)

    name_server.speaks.set()
    for each in threading.enumerate():
        if each.name == "shop-look-up":
            each.join()

    assert look_up("db.example", 5432) == FOUND


def test_a_name_that_is_gone_is_gone_although_it_was_known_and_a_failing_server_is_not_believed():
    answers: list[Any] = [FOUND]

    def ask(*_given: Any) -> Any:
        if isinstance(answers[0], OSError):
            raise answers[0]
        return answers[0]

    look_up = PatientLookUp(ask)
    look_up("mail.example", 25)

    answers[0] = socket.gaierror(socket.EAI_AGAIN, "failed")
    assert look_up("mail.example", 25) == FOUND
    answers[0] = socket.gaierror(socket.EAI_NONAME, "no such name")
    with pytest.raises(socket.gaierror, match="no such name"):
        look_up("mail.example", 25)


@pytest.mark.parametrize("address", ["127.0.0.1", b"127.0.0.1", "::1", "fe80::1%lo", None, ""])
def test_addresses_are_asked_about_at_once(address):
    threads: list[str] = []

    PatientLookUp(lambda *_given: threads.append(threading.current_thread().name))(address, 80)

    assert threads == [threading.current_thread().name]
