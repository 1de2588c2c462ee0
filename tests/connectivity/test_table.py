import decimal

import numpy as np
import pytest

from gapjunction.connectivity import from_table

from .strategies import pairs

ROWS = [("b", "a", 2), ("a", "c", 1)]


def _write(tmp_path, text, **kwargs):
    path = tmp_path / "edges.csv"
    path.write_text(text, **{"encoding": "utf-8", **kwargs})
    return path


def test_rows_with_numbers():
    edges = from_table(ROWS)
    assert edges.labels == ("b", "a", "c")
    assert pairs(edges) == [(0, 1), (1, 2)]
    assert edges.pre_size == edges.post_size == (3,)
    np.testing.assert_array_equal(edges.values, [2, 1])
    assert edges.values.dtype.kind == "i"


def test_rows_without_numbers():
    edges = from_table([("b", "a"), ["a", "c"]])
    assert edges.values is None
    assert edges.n_edges == 2


def test_labels_give_the_order_and_cells_without_edges():
    edges = from_table(ROWS, labels=["a", "b", "c", "d"])
    assert pairs(edges) == [(1, 0), (0, 2)]
    assert edges.n_cells == 4


def test_a_file(tmp_path):
    path = _write(tmp_path, "one,other,junctions\nb,a,2\n\na,c,1.5\n")
    for source in (path, str(path)):
        edges = from_table(source)
        assert edges.labels == ("b", "a", "c")
        assert pairs(edges) == [(0, 1), (1, 2)]
        np.testing.assert_array_equal(edges.values, [2.0, 1.5])


def test_a_file_with_two_columns(tmp_path):
    assert from_table(_write(tmp_path, "one,other\nb,a\n")).values is None


def test_columns_by_name(tmp_path):
    path = _write(tmp_path, "id;n;to;from\n1;4;b;a\n2;5;c;b\n")
    edges = from_table(path, columns=("from", "to", "n"), delimiter=";")
    assert edges.labels == ("a", "b", "c")
    assert pairs(edges) == [(0, 1), (1, 2)]
    np.testing.assert_array_equal(edges.values, [4, 5])
    assert from_table(path, columns=("from", "to"), delimiter=";").values is None


def test_a_file_from_a_spreadsheet(tmp_path):
    path = _write(tmp_path, "one, other\r\n a, b \r\n", encoding="utf-8-sig", newline="")
    assert from_table(path, columns=("one", "other")).labels == ("a", "b")


def test_a_table_of_ids():
    edges = from_table([(0, 3), (3, 1)], labels=range(5))
    assert pairs(edges) == [(0, 3), (3, 1)]
    assert edges.n_cells == 5


@pytest.mark.parametrize("rows", [[(0, 3)], [("10", "2")]])
def test_names_that_are_numbers_need_labels(rows):
    with pytest.raises(ValueError, match=r"labels must be given .*labels=range"):
        from_table(rows)


def test_no_rows():
    assert from_table([], labels=["a", "b"]).n_edges == 0
    with pytest.raises(ValueError, match="labels must be given for a table without rows"):
        from_table([])


def test_rows_of_arrays():
    assert pairs(from_table(np.array([[0, 1], [1, 2]]), labels=range(3))) == [(0, 1), (1, 2)]


def test_a_name_that_is_no_label():
    with pytest.raises(ValueError, match=r"labels must name .*row 1 has 'AVAR'. Did you mean 'AVA"):
        from_table([("AVAL", "PVCL"), ("AVAL", "AVAR")], labels=["AVAL", "PVCL"])


@pytest.mark.parametrize("labels", [["a", "a"], "abc", 5])
def test_labels_are_names_that_differ(labels):
    with pytest.raises((TypeError, ValueError), match="labels must"):
        from_table(ROWS, labels=labels)


@pytest.mark.parametrize("row", [("a",), ("a", "b", 1, 2), "ab", 3])
def test_rows_of_another_form(row):
    with pytest.raises(ValueError, match=r"rows \(cell, other\).*row 1 is"):
        from_table([("a", "b"), row])


def test_rows_of_different_length():
    with pytest.raises(ValueError, match="equally many items in all rows; row 1 differs"):
        from_table([("a", "b"), ("a", "b", 1)])


@pytest.mark.parametrize("number", ["many", "", None, float("nan")])
def test_numbers_that_are_none(number):
    with pytest.raises(ValueError, match="finite numbers in its third column; row 0 has"):
        from_table([("a", "b", number)])


def test_numbers_of_other_types_keep_their_fraction():
    assert from_table([("a", "b", decimal.Decimal("2.7"))]).values.tolist() == [2.7]


def test_headers_that_repeat_each_other(tmp_path):
    path = _write(tmp_path, "cell,cell,n\na,b,1\nb,c,2\n")
    assert from_table(path).labels == ("a", "b", "c")
    for columns in (("cell", "n"), ("n", "n")):
        with pytest.raises(ValueError, match="columns must differ, each with a header of its own"):
            from_table(path, columns=columns)


def test_a_bad_line_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"line 3 of .*edges.csv has 'x'"):
        from_table(_write(tmp_path, "one,other,n\na,b,1\nb,c,x\n"))
    with pytest.raises(ValueError, match=r"3 items in each row; line 2 of .* has 2"):
        from_table(_write(tmp_path, "one,other,n\na,b\n"))


def test_columns_that_are_not_there(tmp_path):
    path = _write(tmp_path, "one,other\na,b\n")
    with pytest.raises(ValueError, match=r"two or three of \['one', 'other'\]"):
        from_table(path, columns=("one", "two"))
    with pytest.raises(ValueError, match="two or three"):
        from_table(path, columns=("one",))
    with pytest.raises(ValueError, match="columns must be None for a table that is not a file"):
        from_table(ROWS, columns=("one", "other"))
    with pytest.raises(ValueError, match="at least two columns"):
        from_table(_write(tmp_path, ""))


def test_other_things():
    with pytest.raises(FileNotFoundError):
        from_table("no/such/file.csv")
    with pytest.raises(TypeError, match="table must be a path or rows"):
        from_table(3)
