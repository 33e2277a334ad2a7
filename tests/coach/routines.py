"""A small routine for the tests, with one step of each kind, and a variant."""

WHOLE = """\
id = "small"
name = "Small"
about = "A small one."
notes = ["Nothing."]

[[phase]]
id = "one"
name = "One"

[[phase]]
id = "two"
name = "Two"

[[question]]
id = "well"
text = "Are you well?"
stops = ["no"]
stop_text = "Then stop."

[[step]]
phase = "one"
id = "1"
name = "Breathe"
kind = "breathe"
seconds = 60
pattern = "2/3"
to_pattern = "4/6"
says = [
  { at_s = 10, text = "Slower." },
  { at_s = 30, text = "Slower still." },
]
measures = ["pacing adherence", "HRV"]

[[step]]
phase = "one"
id = "2"
name = "Sit"
kind = "calibrate"
seconds = 10
hinge = true
weight = 0

[[step]]
phase = "one"
id = "3"
name = "Ask"
kind = "question"
seconds = 10
question = { id = "pain", text = "How strong?", answers = [], most = 10 }

[[step]]
phase = "two"
id = "4"
name = "Bend"
kind = "hold"
seconds = 30.5
sides = "each"
waits = true
wait_s = 5
text = "{Side} leg, then the {other}."
says = [{ at_s = 3, text = "The {side} one." }]
worn = ["breastbone"]
measures = ["angle reached", "breath holding"]

[[step]]
phase = "two"
id = "5"
name = "Farther"
kind = "hold"
seconds = 30
sides = "each"
target = { of = "4", growth = 1.1 }

[[step]]
phase = "two"
id = "6"
name = "Press"
kind = "cycles"
seconds = 50
sides = "each"
cycles = 2

[[step]]
phase = "two"
id = "7a"
part_of = "7"
name = "Glide"
kind = "repetitions"
seconds = 20
sides = "affected"
count = 5
worn = ["shin", "thigh"]
measures = ["repetitions"]

[[step]]
phase = "two"
id = "7b"
part_of = "7"
name = "March"
kind = "repetitions"
seconds = 30
sides = "split"
count = 5

[[step]]
phase = "two"
id = "8"
name = "Roll up"
kind = "slow"
seconds = 20
limit_deg_s = 10

[variant.short]
name = "Short"
about = "One side."
keep = ["1", "4", "7a"]
sides = "alternate"
cap_s = 60
intensity = 0.6
raised_deg = 30
notes = ["Easy."]

[[variant.short.step]]
id = "1"
seconds = 20
says = []

[[variant.short.step]]
id = "4"
seconds = 20

[variant.right]
name = "First side only"
sides = "first"
"""
