"""Tables as people's spreadsheets save them."""

import pytest

from vmr.errors import CatalogError, ManifestError
from vmr.tables import read_table

TEXT = "id,title,audio,licence\na1,桜の季節,sub/a.mp3,CC-BY-4.0\n"
ROW = {"id": "a1", "title": "桜の季節", "audio": "sub/a.mp3", "licence": "CC-BY-4.0"}
NAMES = ("id", "title")
FURTHER = ("audio", "licence", "seconds")


def write(folder, data: bytes):
    path = folder / "tracks.csv"
    path.write_bytes(data)
    return path


WORDS = {
    "gb18030": "月亮代表我的心",
    "big5": "月亮代表我的心",
    "cp949": "봄날은 간다",
    "cp1251": "Подмосковные вечера",
    "cp1253": "Το τραγούδι της θάλασσας",
    "cp1250": "Žluťoučký kůň",
}


def read(folder, data: bytes | str, **options):
    data = data.encode() if isinstance(data, str) else data
    return read_table(write(folder, data), NAMES, FURTHER, **options)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp932", "Shift-JIS"),
        ("euc_jp", "EUC-JP"),
        ("gb18030", "GB 18030"),
        ("big5", "Big5"),
        ("cp949", "Korean"),
        ("cp1251", "Cyrillic"),
        ("cp1253", "Greek"),
        ("cp1250", "Central European"),
    ],
)
def test_encodings_are_recognised_and_named(tmp_path, encoding, said):
    word = WORDS.get(encoding, "桜の季節")
    table = read(tmp_path, TEXT.replace("桜の季節", word).encode(encoding))
    assert table.rows == ((2, ROW | {"title": word}),)
    assert (said in str(table.how)) if said else table.how is None


@pytest.mark.parametrize("title", ["Café Müller", "Søren Ångström – Live", "L’été indien"])
def test_western_windows_tables(tmp_path, title):
    table = read(tmp_path, f"id;title\na;{title}\n".encode("cp1252"))
    assert table.rows[0][1]["title"] == title
    assert str(table.how) == "tracks.csv was read as Windows Latin (cp1252) with semicolons."


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_with_and_without_a_byte_order_mark(tmp_path, separator):
    for mark in ("", "\ufeff"):
        assert read(tmp_path, mark + TEXT.replace(",", separator)).rows == ((2, ROW),)


@pytest.mark.parametrize("line", ["sep=;\n", "SEP=;\r\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_a_declared_separator_is_no_row_and_is_not_counted(tmp_path, line):
    assert read(tmp_path, line + TEXT.replace(",", ";")).rows == ((2, ROW),)


@pytest.mark.parametrize(
    "header", ["ID,Title,Audio,License", "id, title, audio ,LICENCE", ' "Id" ,TITLE,audio,licences']
)
def test_capitals_spaces_and_spellings_of_columns(tmp_path, header):
    rest = TEXT.partition("\n")[2]
    assert read(tmp_path, f"{header}\n{rest}").rows == ((2, ROW),)


def test_an_unknown_column_keeps_its_name(tmp_path):
    table = read(tmp_path, "id,title,My Facet\na,A,x|y\n")
    assert table.columns == ("id", "title", "My Facet")
    assert table.rows[0][1]["My Facet"] == "x|y"


def test_decimal_commas_and_backslashes_only_where_asked(tmp_path):
    text = "id;title;audio;seconds\na;1,5;sub\\b.mp3;142,387\nb;B;a/b\\c.mp3;3,5\n"
    table = read(tmp_path, text, numbers={"seconds"}, paths={"audio"})
    first, second = (row for _, row in table)
    assert first == {"id": "a", "title": "1,5", "audio": "sub/b.mp3", "seconds": "142.387"}
    assert (second["audio"], second["seconds"]) == ("a/b\\c.mp3", "3.5")


def test_a_comma_that_may_be_a_thousand_is_left_for_the_reader_to_refuse(tmp_path):
    table = read(tmp_path, 'id,title,seconds\na,A,"1,234"\nb,B,"1,23"\n', numbers={"seconds"})
    assert [row["seconds"] for _, row in table] == ["1,234", "1.23"]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    text = '\nid,title\na,"two\nlines"\n\n,,\nb,B,,\n'
    assert [(n, row["id"]) for n, row in read(tmp_path, text)] == [(3, "a"), (6, "b")]


def test_cells_that_look_like_nothing_stay_text(tmp_path):
    table = read(tmp_path, "id,title\nNA,null\n007,1e3\n")
    assert [tuple(row.values()) for _, row in table] == [("NA", "null"), ("007", "1e3")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "lacks columns called id, title; its first line has: nothing"),
        (b"id,name\na,A\n", "lacks a column called title; its first line has: id, name"),
        (b"id,title,Title\na,A,B\n", "two columns called title"),
        (b"id,title\na,A\nb,B,extra\n", "line 3: more cells than columns"),
        (b'id,title\na,"open\nb,B\n', "quote that is not closed"),
        (b"id,title\na,\x81\x00\x8d\n", "not text in any usual encoding"),
        (b"PK\x03\x04rest", "an Excel workbook"),
    ],
)
def test_what_is_no_table_is_refused_with_the_place_and_the_remedy(tmp_path, data, reason):
    with pytest.raises(CatalogError, match=reason):
        read(tmp_path, data, error=CatalogError)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(ManifestError, match="There is no table"):
        read_table(tmp_path / "none.csv")
