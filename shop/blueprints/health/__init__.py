"""Health: whether the process lives (`/healthz`), whether it can serve (`/readyz`), and figures for Prometheus.

A check is *vital* when pages can't be made without what it looks at; only those decide about `/readyz`. `shop doctor`
runs them all and says how to fix what is wrong.
"""
