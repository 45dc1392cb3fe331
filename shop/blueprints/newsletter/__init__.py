"""Newsletter: emails to people who asked for them and confirmed it.

*Double opt-in*: someone *asks* with an address, and the address is *pending* until the button behind the link in our
message is pressed; then it is *confirmed*. Whoever *unsubscribes* (state *left*) gets nothing more. Opening a link
changes nothing, because mail programs open every link themselves; only a button does.

What was agreed to is on record: on which page, when, and from which IP address as a keyed hash. The answer to a sign-up
never tells whether an address is known, and takes the same work: it stores the sign-up, and a job does the rest.

A *campaign* is one issue, for everyone who is confirmed; a *delivery* notes that someone's copy was queued.
"""
