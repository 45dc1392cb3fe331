"""A plain-text article becomes Markdown: what numbers, capitals, dashes and line ends mean is written out.

*Keys* are numbered lines that run from 1 with prose between them; they become numbered headings. Numbered lines without
prose between them are a *list*. A text that already is Markdown keeps its code, its nesting and its headings.
"""
