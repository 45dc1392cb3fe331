"""What moderators see and do: queue, log, mutes, pins, mail. A decision itself is in `decisions`."""
