"""The sandbox: a payment provider that moves no money, for trying out, for tests and for the demonstration.

It is offered only while no real provider is configured. Its page plainly says TEST and lets a payment succeed, be
declined, expire, or succeed only after a while. Its table is the provider's side of the story, which our side may only
ask for through `look_up`; like a real provider it also sends a signed webhook, which races the buyer's return.
"""
