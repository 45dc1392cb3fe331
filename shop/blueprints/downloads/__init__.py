"""Downloads: handing over what is sold as a file.

A *grant* lets whoever has its link download one file of a paid order's line, until it expires or is used up. Grants are
made when an order is paid; whatever is missing (a file added later, a job that has not run yet) is made when the
order's page is opened, so that a link is never missing. A grant that has ended is replaced by a new one from the
order's page. A link is signed and names a random token; guessing one is hopeless, and a row alone does not give it.
"""
