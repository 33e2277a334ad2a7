"""A process that records until it is killed: `python -m tests.log.endless FOLDER SEED`.

Says each input on standard output, unbuffered, right after it was appended:
number, time in ns, payload in hexadecimal.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from pathlib import Path

from tests.log.sessions import SmallFold, header
from tidehold.log.writer import SessionWriter
from tidehold.records import Frame, HostNs, Input, Tick
from tidehold.units import NS


def main(folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    log, fold = SessionWriter.create(folder, header()), SmallFold()
    began = time.monotonic_ns()
    flushed = number = 0
    while True:
        t = HostNs(time.monotonic_ns() - began)
        if t - flushed >= NS // 2:
            flushed = t
            log.flush()
            threading.Thread(target=log.sync).start()
        number += 1
        payload = dice.randbytes(3 * dice.randrange(1, 80))
        item: Input = Frame(t, "strap", "pmd", payload) if number % 4 else Tick(t)
        log.append(item)
        os.write(1, f"{number} {t} {payload.hex() if number % 4 else '-'}\n".encode())
        for out in fold.feed(item):
            log.put(out)
        time.sleep(0.002)  # the pace of a strap's notifications, somewhat hurried


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
