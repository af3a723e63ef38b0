"""From whatever holds a recording to messages: captures, logs, pasted text."""
