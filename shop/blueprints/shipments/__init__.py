"""Shipments: picking, packing and posting what goes in a parcel.

An order stands in the *pick list* while something of it is to be sent. A *shipment* is one parcel: some pieces of one
order, with a carrier and a link to follow it by. The *packing slip* lies inside; a gift's slip bears the giver's note
and no prices. The buyer is told of every parcel, and sees it on the order's page.
"""
