"""Stock alerts: one message to each who waits for something sold out, once it is back.

An *alert* is one address waiting for one variant. Asking only stores it as *asked*; a job makes it *waiting*, or drops
it where the same one waits already. So the answer, and the time it takes, never tells whether an address is known. When
the variant can be bought again, each waiting address gets one message, in batches, and the alert is *sent*: it never
mails again. Whoever wants no such messages *cancels* them all with the button behind the link in one.
"""
