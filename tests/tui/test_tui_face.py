import pytest

from tests.tui import statuses
from tests.tui.dashboards import Clock, shown, still
from tidehold.tui.face import Face
from tidehold.tui.news import News

WELL = statuses.status(605.2)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (160, 48)])
async def test_session_screen_has_all_figures_and_the_recording_line(size: tuple[int, int]) -> None:
    app = still([WELL])
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.draw()
        await pilot.pause()
        text = shown(app)
        words = "● REC|newest|gaps 1|Heart|bpm|RSA 112|breaths/min|from RR|in 4.1 s, out 5.9 s|angle|Pacer|out|ECG"
        for word in (*words.split("|"), "held 23 s", "you", "score 84  PLV 0.91  0.4 s behind", "phase known 92 %"):
            assert word in text, word


async def test_views_show_what_they_are_called() -> None:
    app = still([WELL])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "RR intervals" not in shown(app)
        await pilot.press("2")
        await pilot.pause()
        assert "RR intervals" in shown(app)
        assert "phone acceleration" in shown(app)
        assert "Heart" not in shown(app)
        await pilot.press("3")
        await pilot.pause()
        assert "199.87 Hz" in shown(app)
        assert "ECG" not in shown(app)
        await pilot.press("1")
        await pilot.pause()
        assert "Heart" in shown(app)


async def test_long_table_of_sensors_can_be_scrolled() -> None:
    app = still([statuses.snapped(WELL, said={f"strap/thing{k}": "x" for k in range(40)})])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        assert "strap/thing39" not in shown(app)
        for _ in range(12):
            await pilot.press("down")
        await pilot.pause()
        assert "strap/thing39" in shown(app)
        assert "● REC" in shown(app)


async def test_without_a_motion_sensor_its_trace_takes_no_room() -> None:
    app = still([statuses.status(605.2, with_phone=False)])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "phone acceleration" not in shown(app)


async def test_traces_that_move_slowly_take_turns() -> None:
    clock = Clock()
    app = still(statuses.session(590, 61), clock=clock)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        face = app.query_one(Face)
        before = [plot._drawn for plot in (face._ecg, face._chest, face._limb, face._rr)]
        face.move_traces(605.9, turn=0)
        after = [plot._drawn for plot in (face._ecg, face._chest, face._limb, face._rr)]
        assert [a != b for a, b in zip(after, before, strict=True)] == [True, True, False, True]


async def test_nothing_is_heard_before_the_first_status() -> None:
    app = still([])
    async with app.run_test(size=(100, 30)) as pilot:
        app.query_one(Face).hear(News())
        await pilot.pause()
        assert "waiting for the recorder" in shown(app)


@pytest.mark.parametrize("size", [(80, 24), (100, 30)])
async def test_panels_have_room_when_all_that_can_be_unknown_is(size: tuple[int, int]) -> None:
    rr = "not available from RR"
    status = statuses.unknown(
        statuses.status(605.2, with_phone=False),
        breathing__inhale_s=rr,
        breathing__held_s="not visible from RR",
        pacing__score="paced for 12 s of 30 s",
    )
    app = still([status])
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.draw()
        await pilot.pause()
        text = shown(app)
        for word in (f"in, out: {rr}", "held breath: not visible from RR", "no score: paced for 12 s of 30 s"):
            assert word in text, word


async def test_persons_breath_moves_between_statuses() -> None:
    app = still([WELL])
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        face = app.query_one(Face)
        news = News(WELL)
        drawn = set()
        for tenth in range(10):
            face.move_pacer(news, 605.2 + tenth / 10)
            drawn.add("".join(row[2].text for row in face._pacer._rows[:5] if len(row) > 2))
        assert 2 <= len(drawn) <= 10


async def test_pacer_is_painted_only_where_it_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = still([WELL])
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause()
        face = app.query_one(Face)
        news = News(WELL)
        painted: list[int] = []

        def paint(rows: list[int]) -> None:
            painted.extend(rows)

        monkeypatch.setattr(face._pacer, "_repaint", paint)
        for frame in range(100):
            face.move_pacer(news, 606 + frame / 10)
        face.move_pacer(news, 606 + 99 / 10)
        assert len(painted) < 100 * 9  # rows of the discs


async def test_pacer_that_is_off_says_how_to_start_it_in_a_live_session() -> None:
    for status, there in ((WELL, True), (statuses.replayed(605.2), False)):
        app = still([statuses.snapped(status, pacing=None)])
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            assert "the pacer is off" in shown(app)
            assert ("space starts it" in shown(app)) is there
