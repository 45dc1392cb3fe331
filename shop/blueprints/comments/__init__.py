"""Comments: readers answer an article, and each other, one level deep.

A comment is *waiting* until a person *approves* it, marks it as *spam* or *rejects* it. Checks gather *evidence* in
words; they refuse a comment only for a fact, such as a filled honeypot, and a check that fails counts as unsure. Each
*decision* is recorded with who, when, from and to, and can be undone as long as nobody decided after it. A *thread* is
a top comment with its replies; a reply to a reply joins the thread of the top comment.
"""
