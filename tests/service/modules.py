"""Model modules for tests, as text."""

ECHO = """
def init(df, param):
    return {"rows": len(df)}
def fit(model, df, param):
    return {"message": "fitted"}
def apply(model, df, param):
    return df
def save(model, name):
    pass
def load(name):
    return {"loaded": name}
def summary(model=None):
    return {"version": "1"}
"""

# What it saves is what it has seen, so that an answer shows which model it comes from.
JSON_MODEL = """
import json, os, pathlib
FOLDER = pathlib.Path(os.environ["SRV_DIR"], "app", "model", "data")
def init(df, param):
    return {}
def fit(model, df, param):
    model["seen"] = df.iloc[:, 0].tolist()
def apply(model, df, param):
    return [str(model["seen"])] * len(df)
def save(model, name):
    (FOLDER / f"{name}.json").write_text(json.dumps(model))
def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text())
def summary(model=None):
    return {"values": len(model["seen"])}
"""


def echo(**functions: str) -> str:
    """The echo module with other bodies for some functions, given as one line of Python."""
    signatures = {"apply": "model, df, param", "fit": "model, df, param", "init": "df, param"}
    signatures |= {"save": "model, name", "load": "name", "summary": "model=None"}
    return ECHO + "".join(
        f"def {name}({signatures[name]}):\n    {body}\n" for name, body in functions.items()
    )
