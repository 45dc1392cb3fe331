"""Bank transfer: buyers order now and pay from their own bank within a few days.

A *transfer* is what we wait for of one order: an amount, until when, and the *purpose* by which it is recognised. A
*receipt* is money that staff saw on the bank statement. The order is paid when the receipts reach the amount: what is
missing is said in words, what is too much is sent back by hand. A *return* is money that goes back: asked for by a
refund or left over, and noted as sent by staff.
"""
