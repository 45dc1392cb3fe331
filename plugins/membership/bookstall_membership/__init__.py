"""Membership: readers pay every month or year, and read what is for members.

A *tier* is what somebody can pay for: a name, an amount, how often. A *member* is an account that has begun to pay;
whether it still does is asked of its subscription, which the shop keeps. A *letter* is an email of staff to all
members.
"""
