"""Cards of channels are drawn for the site once, and again where the code has changed."""

import types

import cards
import pytest

from gapjunction.ion_channels import catalogue

NAMES = [entry.name for entry in catalogue.INDEX]


@pytest.fixture
def drawn(monkeypatch):
    """Return the list of what is drawn; the files are made without drawing."""
    found = []

    def start(command, env):
        _, _, folder, *names = command
        found.extend(names)
        for name in names:
            (cards.Path(folder) / f"{name}.png").write_bytes(b"")
        return types.SimpleNamespace(wait=lambda: 0)

    monkeypatch.setattr(cards.subprocess, "Popen", start)
    return found


def test_cards_are_drawn_once(drawn, tmp_path):
    cards.draw_all(tmp_path / "new")
    assert sorted(drawn) == sorted(NAMES)
    drawn.clear()
    cards.draw_all(tmp_path / "new")
    assert drawn == []
    (tmp_path / "new" / f"{NAMES[3]}.png").unlink()
    cards.draw_all(tmp_path / "new")
    assert drawn == [NAMES[3]]


def test_cards_are_drawn_again_after_a_change(drawn, tmp_path, monkeypatch):
    cards.draw_all(tmp_path)
    drawn.clear()
    monkeypatch.setattr(cards, "key", lambda: "another")
    cards.draw_all(tmp_path)
    assert sorted(drawn) == sorted(NAMES)


def test_a_failure_is_told_and_tried_again(drawn, tmp_path, monkeypatch):
    def start(command, env):
        return types.SimpleNamespace(wait=lambda: 1)

    with monkeypatch.context() as patch:
        patch.setattr(cards.subprocess, "Popen", start)
        with pytest.raises(RuntimeError, match="could not be drawn"):
            cards.draw_all(tmp_path)
    cards.draw_all(tmp_path)
    assert sorted(drawn) == sorted(NAMES)


def test_a_card_is_a_picture(tmp_path):
    cards.draw(tmp_path, ["Leak_WB1996"])
    assert (tmp_path / "Leak_WB1996.png").read_bytes().startswith(b"\x89PNG")
