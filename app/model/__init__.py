"""Model modules. They are not here but in SRV_DIR/app/model, where notebooks are exported to.

So `from app.model.<module> import ...` works in modules, notebooks and the processes they start.
"""

from app.settings import folders

__path__ = [str(folders().modules)]
