"""What `shop export` wrote, read into an empty site. What is there already stays, so that a second run changes nothing.

`shop.blueprints.exporters.format.layout` says what lies where in the ZIP.
"""
