"""The whole on one machine under people and harm, and what is true of it afterwards.

python -m bench.soak [--minutes 5] [--without GUARD] [--seed 1]

nginx, two hosts of Bookstall with two web processes and a worker each, PostgreSQL and Valkey, brought up by
`deploy/processes.py`; a mail server that is slow and greylists. People read, buy through Stripe's stand-in, comment,
write, subscribe and ask for alerts; meanwhile something is killed, frozen, filled or moved every one to three seconds
(`bench.soak.harm`). When all has settled, money, stock, mails and whatever was acknowledged are counted.

The stand-ins: the disk of host 2 is a tmpfs where this machine lets us mount one, else it is never full; the clock that
jumps is the one that the processes of host 2 read, because a machine's clock can't be moved for a few processes.

Ends with 1 when something is wrong. With `--without GUARD` it ends with 0 when something is wrong: that is the control.
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from bench.harness import end_within, table
from bench.soak import verdict
from bench.soak.harm import Harm
from bench.soak.letterbox import letterbox
from bench.soak.people import Crowd
from bench.soak.site import GUARDS
from bench.soak.verdict import ENOUGH_READ, Finding
from bench.soak.whole import brought_up

ENDS_WITHIN = 900.0
RECOVERS_WITHIN = 180.0


def main() -> int:
    """Soak, count, print, and say whether all is well."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--without", choices=GUARDS, default="", help="the control: a guard is out")
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args()
    random.seed(asked.seed)
    end_within(asked.minutes * 60 + ENDS_WITHIN)
    with letterbox() as box, brought_up(box.url, asked.without) as whole:
        whole.fill()
        crowd, harm = Crowd(whole), Harm(whole)
        recovery = _soak(crowd, harm, asked.minutes * 60)
        with whole.opened():
            settling = verdict.settle()
            found = list(verdict.findings(whole, crowd.told, box))
    told = crowd.told
    read = Finding("readers answered, at least 99.9 %", float(told.share_read >= ENOUGH_READ), 1)
    back = Finding("it recovered", float(recovery < RECOVERS_WITHIN), 1)
    wrong = [each for each in (*found, read, back) if not each.is_right]
    _print_course(crowd, harm, recovery, settling, box.sent_away)
    table(
        "When all had settled",
        [(each.what, f"{each.found:g}", f"{each.must:g}") for each in found],
        ("what", "found", "must be"),
    )
    for each in wrong:
        print(f"WRONG: {each.what}: {each.found:g}, not {each.must:g}")
    if asked.without:
        print(f"The control without the guard that {GUARDS[asked.without][0]}: {len(wrong)} wrong.")
        return 0 if wrong else 1
    return 1 if wrong else 0


def _soak(crowd: Crowd, harm: Harm, seconds: float) -> float:
    """Let people come and harm be done for so long; seconds from its end to a whole purchase."""
    crowd.come()
    harm.begin()
    time.sleep(seconds)
    harm.end()
    ended = time.monotonic()
    while time.monotonic() < ended + RECOVERS_WITHIN and not crowd.buy_one():
        pass
    recovery = time.monotonic() - ended
    crowd.go()
    return recovery


def _print_course(crowd: Crowd, harm: Harm, recovery: float, settling: float, grey: int) -> None:
    told = crowd.told
    asked = len(told.read_seconds) + len(told.unread)
    unread = ", ".join(told.unread[:20]) + (" ..." if len(told.unread) > 20 else "")
    rows = [(what, f"{times}") for what, times in harm.done.items() if times]
    rows += [(f"people: {what}", f"{times}") for what, times in sorted(told.outcomes.items())]
    rows += [
        ("readers answered", f"{len(told.read_seconds):,} of {asked:,} ({told.share_read:.2%})"),
        ("readers got instead", unread or "nothing"),
        (
            "readers waited, p50 and p99",
            f"{told.read_within(50):.3f} s, {told.read_within(99):.3f} s",
        ),
        ("mails sent away at first", f"{grey}"),
        ("from the last harm to a whole purchase", f"{recovery:.1f} s"),
        ("until nothing waited any more", f"{settling:.0f} s"),
    ]
    table("What happened", rows, ("what", "figure"))


if __name__ == "__main__":
    sys.exit(main())
