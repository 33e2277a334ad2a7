"""The live session for other programs: LSL, OSC, MQTT. Off by default; never in the way of the recording."""
