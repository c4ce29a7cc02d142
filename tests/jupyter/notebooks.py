"""Notebooks as JupyterLab sends them."""

from nbformat.v4 import new_code_cell, new_notebook

from tests.service.modules import JSON_MODEL


def notebook(*cells: tuple[str, str]) -> dict:
    """A notebook of (name, source) cells."""
    named = [new_code_cell(source, metadata={"name": name}) for name, source in cells]
    return new_notebook(cells=named)


def model(version: str = "one") -> dict:
    """A model that tells its version in every row that it is applied to."""
    apply = f"def apply(model, df, param):\n    return ['{version}'] * len(df)\n"
    return notebook(("mltkc_import", JSON_MODEL), ("mltkc_apply", apply))


def msticpy_hunt() -> dict:
    """A notebook as hunters wrote it for DSDL: msticpy unpacks and extracts."""
    return notebook(
        ("mltkc_import", _MSTICPY_IMPORT),
        ("mltkc_init", "def init(df, param):\n    return {}\n"),
        ("mltkc_fit", "def fit(model, df, param):\n    return {'rows': len(df)}\n"),
        ("mltkc_apply", _MSTICPY_APPLY),
        ("mltkc_save", "def save(model, name):\n    return model\n"),
        ("mltkc_load", "def load(name):\n    return {}\n"),
        ("mltkc_summary", "def summary(model=None):\n    return {'msticpy': True}\n"),
    )


_MSTICPY_IMPORT = """
import pandas as pd
from msticpy.transform import base64unpack
from msticpy.transform.iocextract import IoCExtract
"""
_MSTICPY_APPLY = """
def apply(model, df, param):
    field = param["feature_variables"][0]
    texts = df[[field]].fillna("")
    unpacked = base64unpack.unpack_df(data=texts, column=field, utf16=True)
    unpacked = unpacked.dropna(subset=["decoded_string"])
    decoded = unpacked.groupby("src_index")["decoded_string"].agg("|".join).reindex(df.index)
    result = pd.DataFrame({"decode_validated": decoded.fillna("")})
    found = [
        IoCExtract().extract(text, ioc_types=["ipv4", "url"]) if text else {"ipv4": (), "url": ()}
        for text in result["decode_validated"]
    ]
    result["ioc_ipv4"] = ["|".join(sorted(iocs["ipv4"])) for iocs in found]
    result["ioc_url"] = ["|".join(sorted(iocs["url"])) for iocs in found]
    return result
"""
