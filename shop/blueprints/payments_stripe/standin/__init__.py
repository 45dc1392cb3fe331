"""A stand-in for Stripe behind the official client, for tests and for the demonstration: it moves no money.

It takes the place of the client's HTTP connection (`http.py`), so that everything in front of it is the code that
talks to Stripe. Each request is decoded from the wire and checked against the client's own TypedDicts (`shapes.py`),
so that it can't drift; `api.py` answers as Stripe's documentation says, from a table of Stripe's objects. What a buyer
and their bank would do is in `bank.py`, reached by a page that plainly says TEST; events are told by signed webhooks
(`telling.py`): once, several times, in the wrong order, or never.
"""
