"""Accounts: who someone is, and what they may do.

An *account* has one verified email address and one *role*: buyer, author, packer, moderator, bookkeeper, editor or
owner. A role may what plugins declared for it, and the owner gives single people more; the owner may everything, and
there is always at least one owner.

Nobody learns from us whether an address has an account: register, sign-in and reset answer alike in words and in time.
Hence an address that was not verified yet can't sign in, and what only its owner may know is told by mail. A
*session* is a row of ours: signing out, a new password, another role, its person or the owner ends it, and time does.

`signing_in/` sessions, the sign-in and its second step · `registering/` joining, and choosing a password by a link ·
`profile/` what people change of their own account · `second_factor/` apps, passkeys, recovery codes · `mailed_links/`
links in mails about an account · `guests/` people without an account.
"""
