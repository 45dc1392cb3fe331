"""Shipments: picking, packing and shipping what goes in a parcel.

An order is in the *pick list* while something of it is to be sent. A *shipment* is one parcel: some items of one order,
with a carrier and a link to follow it by. The *packing slip* lies inside; a gift's slip has the giver's note and no
prices. The buyer is told about every parcel, and sees it on the order's page.
"""
