"""Pictures of the library: what is known of each, its files in several widths, and how pages show it.

They are added and described in the media library, a feature; any feature may show one by its number.
"""
