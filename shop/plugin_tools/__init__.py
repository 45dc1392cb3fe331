"""`shop plugins ...`: commands that look after plugins, and the contract tests that `shop plugins check` runs.

The contract is what `docs/plugins.md` promises and asks for. It is tried on sites of its own (`trial_site`), which are
made for it and removed, on SQLite and on PostgreSQL; the site that is served is not touched.
"""
