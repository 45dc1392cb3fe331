"""Tags as editors keep them: renamed, described, merged.

A *tag* is a subject of articles; writers make one by naming it. Under a new address, or merged into another tag, its
old address leads on, and an article that is given the old name gets the tag that took its place.
"""
