"""What is written of a notebook's outputs depends on its results alone."""

import base64
import io

import make_notebooks
import pytest

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def picture(colours=1000):
    image = Image.new("RGB", (60, 40))
    image.putdata([(k % 256, (k * 7) % 256, k % colours % 256) for k in range(2400)])
    written = io.BytesIO()
    image.save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def test_printed_text_is_one_output_however_it_was_cut():
    both = [make_notebooks.tidy(stream(t), [], 1, "here") for t in ("one\ntw", "o\nthree\n")]
    (joined,) = make_notebooks.joined([both[0], None, both[1]])
    assert joined["text"] == ["one\n", "two\n", "three\n"]


def test_of_an_error_the_last_line_is_shown():
    output = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "it must be 1, got 2.",
        "traceback": ["\x1b[31mFile /home/me/x.py:1\x1b[39m", "ValueError: it must be 1, got 2."],
    }
    shown = make_notebooks.tidy(output, ["raises-exception"], 1, "here")
    (line,) = shown["traceback"]
    assert line == "\x1b[31mValueError\x1b[39m: it must be 1, got 2."


def test_what_goes_to_stderr_must_be_meant():
    assert make_notebooks.tidy(stream("careful", "stderr"), ["remove-stderr"], 1, "here") is None
    with pytest.raises(ValueError, match="here must not write to stderr, got 'careful'"):
        make_notebooks.tidy(stream("careful", "stderr"), [], 1, "here")


@pytest.mark.parametrize(
    "text", ["<object at 0x7f12ab34cd>", "/home/me/file.py", "lib/site-packages/x.py"]
)
def test_what_is_of_one_machine_is_refused(text):
    with pytest.raises(ValueError, match="nothing of one run or machine"):
        make_notebooks.tidy(stream(text), [], 1, "here")


def test_pictures_have_few_colours_and_no_maker():
    output = {
        "output_type": "execute_result",
        "execution_count": 77,
        "metadata": {"needs": "nothing"},
        "data": {"image/png": picture(), "text/plain": "<Figure>", "text/html": "<b>"},
    }
    shown = make_notebooks.tidy(output, [], 3, "here")
    assert (shown["execution_count"], shown["metadata"]) == (3, {})
    assert shown["data"].keys() == {"image/png", "text/plain"}
    image = Image.open(io.BytesIO(base64.b64decode(shown["data"]["image/png"])))
    assert (image.mode, image.size, image.info) == ("P", (60, 40), {})


def test_the_small_picture_is_of_the_cell_with_the_tag():
    def cell(data, *tags):
        output = {"output_type": "display_data", "data": {"image/png": data}}
        return {"cell_type": "code", "metadata": {"tags": list(tags)}, "outputs": [output]}

    first, second = (base64.b64encode(text).decode() for text in (b"first", b"second"))
    cells = [cell(first), cell(second, "thumbnail")]
    assert make_notebooks._picture({"cells": cells}) == b"second"
    assert make_notebooks._picture({"cells": cells[:1]}) == b"first"
    with pytest.raises(ValueError, match="must have a figure"):
        make_notebooks._picture({"cells": []})
    small = Image.open(io.BytesIO(make_notebooks._small(base64.b64decode(picture()))))
    assert small.size == (220, 147)


def test_unknown_notebooks_are_named(capsys):
    with pytest.raises(SystemExit):
        make_notebooks.main(["nothing"])
    assert "no notebook nothing; there are five_minutes" in capsys.readouterr().err
