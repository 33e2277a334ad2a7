"""The grammar of the command line. Imports nothing heavy: each verb loads what it needs when it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tidehold import __version__
from tidehold.cli.parser_after import add_after

SCENARIO = "calm-6"
MISTAKES = ("holds-breath", "past-target", "breathes-14", "lets-go", "skips-cycle", "too-fast")
"""Those of the simulators, which cost time to import."""
PLACEMENTS = ("shin", "thigh", "breastbone", "belly")

Verb = Callable[[argparse.Namespace], int]

ABOUT = """\
Records what the body does in a breathing-and-stretching session: a BLE heart-rate strap,
live estimates with a confidence, a file that survives crashes, a replay that gives the same numbers.
Not a medical device."""

EXIT_CODES = """\
exit codes: 0 done; 1 failed; 2 wrong command, configuration or profile; 3 session file damaged or unreadable;
4 no sensor or no radio. Try it without hardware: tidehold demo --headless"""


def parse(words: list[str]) -> argparse.Namespace:
    """The command as a namespace; `.verb` is the function that carries it out, `.words` are these words."""
    arguments = build().parse_args(words)
    arguments.words = words
    return arguments


def build() -> argparse.ArgumentParser:
    """The whole grammar."""
    parser = argparse.ArgumentParser(
        prog="tidehold", description=ABOUT, epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--version", action="version", version=f"tidehold {__version__}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    record = _add(verbs, "record", "recording.record", "record a session from a strap, and a phone, until Ctrl-C")
    _recording(record)
    _routine(record)
    record.add_argument(
        "--start",
        action=argparse.BooleanOptionalAction,
        help="begin the routine with the recording; default: with --headless, otherwise by a key of the dashboard",
    )
    _sound(record)
    _sensors(record)

    demo = _add(verbs, "demo", "demo.demo", "record a session from a simulated strap and phone")
    _recording(demo)
    _routine(demo)
    _sound(demo)
    _simulated(demo, scenario=None)
    _mistakes(demo)

    replay = _add(verbs, "replay", "files.replay", "fold a session file again and show what it says")
    replay.add_argument("file", type=Path)
    replay.add_argument("--watch", action="store_true", help="in the dashboard, with pause, seek and speed")
    speed = replay.add_mutually_exclusive_group()
    speed.add_argument("--speed", type=_positive, default=1.0, metavar="N", help="times real time (default 1)")
    speed.add_argument("--fast", action="store_true", help="as fast as it goes")
    _sound(replay)
    _json(replay)

    _viewing(verbs)
    _files(verbs)
    setup = _add(verbs, "setup", "setup.setup", "choose strap, phone, its placement, routine and pacer, step by step")
    _config(setup)
    _radio(setup)

    scan = _add(verbs, "scan", "devices.scan", "list heart-rate straps and motion sensors within reach")
    scan.add_argument("--seconds", type=_positive, default=5.0, metavar="N", help="how long to listen (default 5)")
    scan.add_argument("--remember", metavar="NAME|ADDRESS", help="use this strap from now on")
    _config(scan)
    _radio(scan)
    _json(scan)

    doctor = _add(verbs, "doctor", "doctor.doctor", "look for what may stand in the way of a session")
    doctor.add_argument("--seconds", type=float, default=12.0, metavar="N", help="how long to try the sensors; 0: not")
    doctor.add_argument("--out", type=Path, metavar="DIR", help="folder for the session files")
    _sensors(doctor)
    _config(doctor)
    _json(doctor)

    profiles = _add(verbs, "profiles", "devices.profiles", "list device profiles, or validate a folder of your own")
    profiles.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    _config(profiles)
    _json(profiles)

    _routines(verbs)
    add_after(verbs, _add)
    _simulating(verbs)
    _configuring(verbs)
    return parser


def _files(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for verb, about in (
        ("check", "fold a session again and compare with what the live run wrote"),
        ("verify", "look for damage in a session file (exit 0 sound, 3 damaged, 1 error)"),
    ):
        command = _add(verbs, verb, f"files.{verb}", about)
        command.add_argument("file", type=Path)
        _json(command)

    recover = _add(verbs, "recover", "files.recover", "save what is sound of an interrupted or damaged session")
    recover.add_argument("path", type=Path, metavar="FILE|DIR")
    _json(recover)

    sessions = _add(verbs, "sessions", "files.sessions", "list recorded sessions")
    sessions.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    _config(sessions)
    _json(sessions)


def _viewing(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for verb, about in (
        ("watch", "show the session that is being recorded in the dashboard"),
        ("status", "say how the session that is being recorded goes"),
        ("stop", "end the session that is being recorded, and finish its file"),
    ):
        command = _add(verbs, verb, f"watching.{verb}", about)
        _place(command)
        if verb == "watch":
            _sound(command)
        else:
            _json(command)

    mark = _add(verbs, "mark", "marking.mark", "put a mark into the session that is being recorded, as a key would")
    mark.add_argument(
        "mark", metavar="VERB", help="start, pause, resume, skip, back, extend, end, quit, answer, pain, ..."
    )
    mark.add_argument("arg", nargs="*", metavar="ARG", help="more about it, as in: answer radiating-pain no")
    _place(mark)

    listen = _add(verbs, "listen", "listening.listen", "hear the session that is being recorded, without a screen")
    listen.add_argument("--to", type=Path, metavar="FILE.wav", help="into a file instead of the loudspeaker")
    _loudness(listen)
    _place(listen)
    _json(listen)


def _routines(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    routines = _add(verbs, "routines", "routines.listed", "list routines, show one, or check one of your own")
    _config(routines)
    _json(routines)
    kinds = routines.add_subparsers(title="what", metavar="WHAT")
    listed = _add(kinds, "list", "routines.listed", "list the routines that there are")
    show = _add(kinds, "show", "routines.show", "show the steps of a routine")
    show.add_argument("name", metavar="NAME|FILE")
    show.add_argument("--variant", metavar="NAME", help="as this variant changes it")
    for command in (listed, show):
        _config(command, is_again=True)
        _json(command, is_again=True)
    check = _add(kinds, "check", "routines.check", "check a routine of your own (exit 0 right, 2 wrong)")
    check.add_argument("file", type=Path)


def _simulating(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    simulate = _add(verbs, "simulate", "simulating.simulate", "simulate sensors for other programs, or a whole session")
    kinds = simulate.add_subparsers(title="what", metavar="WHAT", required=True)
    strap = _add(kinds, "strap", "simulating.strap", "serve a simulated strap until stopped")
    _simulated(strap)
    strap.add_argument("--port", type=int, default=0, metavar="N", help="TCP port of its radio (default: any free one)")
    phone = _add(kinds, "phone", "simulating.phone", "publish a simulated phone's motion to an MQTT broker")
    _simulated(phone)
    phone.add_argument("--broker", required=True, metavar="HOST:PORT", help="where it publishes")
    phone.add_argument("--topic", metavar="TOPIC", help="where to, if not where the app proposes")
    phone.add_argument("--placement", choices=PLACEMENTS, help="where it is worn; default: as the scenario says")
    phone.add_argument("--user", metavar="NAME", help="its name there; the password is in TIDEHOLD_PHONE_PASSWORD")
    imu = _add(kinds, "imu", "simulating.imu", "serve a simulated micro:bit until stopped")
    _simulated(imu)
    imu.add_argument("--port", type=int, default=0, metavar="N", help="TCP port of its radio (default: any free one)")
    session = _add(kinds, "session", "simulating.session", "write a session file in virtual time: an hour in seconds")
    _simulated(session, scenario=None)
    _routine(session)
    _mistakes(session)
    session.add_argument(
        "--seconds", type=_positive, metavar="N", help="length of the session (default 60, or as long as its routine)"
    )
    session.add_argument("--phone", action="store_true", help="with the scenario's phone")
    session.add_argument("--out", type=Path, metavar="DIR", help="folder for the session file")
    _config(session)
    _json(session)
    listed = _add(kinds, "list", "simulating.scenarios", "list the scenarios")
    _json(listed)


def _configuring(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    config = _add(verbs, "config", "configuring.show", "show and check the configuration")
    kinds = config.add_subparsers(title="what", metavar="WHAT", required=True)
    for verb, about in (
        ("path", "say where the configuration is looked for"),
        ("show", "print every setting as it holds"),
        ("check", "check the configuration (exit 0 right, 2 wrong)"),
    ):
        command = _add(kinds, verb, f"configuring.{verb}", about)
        command.add_argument("--config", type=Path, metavar="FILE", help="instead of tidehold.toml in the usual place")
        if verb == "show":
            _json(command)
    daemon = _add(verbs, "daemon", "configuring.daemon", "record as a systemd user service")
    daemon.add_argument("--install-unit", action="store_true", required=True, help="write the service's unit")
    daemon.add_argument("--force", action="store_true", help="also over a unit that was written by someone else")
    daemon.add_argument("record", nargs="*", metavar="-- OPTIONS", help="options for `record`")
    completions = _add(verbs, "completions", "configuring.completions", "print a completion script for a shell")
    completions.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def _add(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, function: str, about: str
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(verb=_late(function), verb_name=name)
    return parser


def _late(function: str) -> Verb:
    """The verb's function, imported when it is called: `--help` must not wait for bleak or numpy."""
    module, _, name = function.partition(".")

    def call(arguments: argparse.Namespace) -> int:
        verb: Verb = getattr(import_module(f"tidehold.cli.{module}"), name)
        return verb(arguments)

    return call


def _recording(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="in the foreground, without a dashboard")
    _place(parser)
    parser.add_argument("--seconds", type=_positive, metavar="N", help="stop after this long")
    parser.add_argument(
        "--taps", action="store_true", help="align the clocks: tap the phone against the strap three times when told"
    )
    parser.add_argument(
        "--pace",
        nargs="?",
        const="",
        metavar="IN/OUT",
        help="pace the breathing from the start: 4/6, 4/2/6/0 (in, hold, out, hold), nothing (configured) or off",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the session file")
    _outlets(parser)
    _config(parser)
    _json(parser)


def _routine(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--routine", metavar="NAME|FILE|none", help="lead through this routine; default: configured")
    parser.add_argument("--variant", metavar="NAME", help="of the routine")
    parser.add_argument("--first", choices=("left", "right"), help="the side to begin with; default: configured, left")
    parser.add_argument(
        "--affected", choices=("left", "right", "both"), help="the side of steps for the affected one; default: --first"
    )


def _mistakes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mistake",
        action="append",
        default=[],
        metavar="NAME",
        help=f"what the simulated person does wrong: {', '.join(MISTAKES)}",
    )


def _simulated(parser: argparse.ArgumentParser, scenario: str | None = SCENARIO) -> None:
    about = f"what happens (default {SCENARIO}" + (")" if scenario else ", or somebody who follows the routine)")
    parser.add_argument("--scenario", default=scenario, metavar="NAME|FILE", help=about)
    parser.add_argument("--recording", type=Path, metavar="F.npz", help="a real recording is the body")
    parser.add_argument("--seed", type=int, metavar="N", help="another body of the same scenario")


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--place", type=Path, metavar="DIR", help="folder of the recorder's socket")


def _sound(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sound",
        action=argparse.BooleanOptionalAction,
        help="tones and words beside the view (default: configured, on; needs 'tidehold[sound]')",
    )
    _loudness(parser)


def _loudness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mute", action="store_true", help="begin silent (key m)")
    parser.add_argument("--volume", type=_share, metavar="0..1", help="how loud; default: configured")


def _outlets(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lsl",
        action=argparse.BooleanOptionalAction,
        help="streams for the Lab Streaming Layer (default: configured, off)",
    )
    parser.add_argument("--osc", metavar="HOST:PORT|off", help="Open Sound Control to there; default: configured, off")
    parser.add_argument(
        "--publish", metavar="HOST[:PORT]|off", help="snapshots to this MQTT broker; default: configured, off"
    )


def _config(parser: argparse.ArgumentParser, *, is_again: bool = False) -> None:
    """`is_again`: its parent has the same flags, whose values hold where these are not given."""
    parser.add_argument(
        "--config",
        type=Path,
        default=argparse.SUPPRESS if is_again else None,
        metavar="FILE",
        help="instead of tidehold.toml in the usual place",
    )
    parser.add_argument(
        "--profiles",
        type=Path,
        action="append",
        default=argparse.SUPPRESS if is_again else [],
        metavar="DIR",
        help="device profiles of your own",
        dest="profile_folders",
    )


def _radio(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--radio", metavar="SPEC", help="a simulated radio (tcp-client:HOST:PORT) instead of Bluetooth")


def _sensors(parser: argparse.ArgumentParser) -> None:
    _radio(parser)
    parser.add_argument(
        "--strap", metavar="NAME|ADDRESS|any|none", help="which strap; default: configured, remembered, any"
    )
    parser.add_argument("--imu", metavar="NAME|ADDRESS|any", help="take a Bluetooth motion sensor too")
    parser.add_argument(
        "--phone", nargs="?", const="", metavar="PROFILE", help="take a phone's motion too; names its app's profile"
    )
    parser.add_argument("--placement", choices=PLACEMENTS, help="where the phone is worn; default: configured")
    parser.add_argument("--second-phone", metavar="PROFILE", help="and another phone's, for the angle of a joint")
    parser.add_argument("--second-placement", choices=PLACEMENTS, help="where that one is worn; default: configured")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--listen", metavar="ADDRESS[:PORT]", help="where the phone sends to; default: asked once")
    where.add_argument("--broker", metavar="HOST[:PORT]", help="an MQTT broker of your own instead")
    parser.add_argument("--new-password", action="store_true", help="give the phone another password")


def _json(parser: argparse.ArgumentParser, *, is_again: bool = False) -> None:
    default = argparse.SUPPRESS if is_again else False
    parser.add_argument("--json", action="store_true", default=default, help="print the result as one JSON object")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text!r}")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, found {text!r}")
    return value
