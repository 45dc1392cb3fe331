"""Newsletter: letters to people who asked for them, and proved it.

*Double opt-in*: someone *asks* with an address, and the address is *pending* until the button behind the link in our
message is pressed; then it is *confirmed*. Whoever *leaves* gets nothing more. Opening a link changes nothing, because
mail programs open every link themselves; only a button does.

What was agreed to is on record: on which page, when, and from which network address as a keyed hash. The answer
to asking never tells whether an address is known, and takes the same work: it stores the asking, and a job sees to
the rest.

A *campaign* is one letter to everyone who is confirmed; a *delivery* notes that someone's copy was queued.
"""
