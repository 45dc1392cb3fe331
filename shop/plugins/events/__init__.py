"""What happened, as facts that anybody may subscribe to: one file for each feature that publishes them.

They lie here and not in the features, so that a plugin, and a feature beneath the one that publishes, need nothing of
it. All are public: `shop.plugins.api.events`.
"""
