"""The files that JupyterLab shows, with modules that follow the notebooks among them."""

# mypy: allow-untyped-calls

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from traitlets import Instance

from app import settings
from app.jupyter import following


class HuntContentsManager(AsyncLargeFileManager):
    """Jupyter's own manager of files; a request is answered when the module has followed."""

    folders = Instance(settings.Folders)

    def _folders_default(self) -> settings.Folders:
        return settings.folders()

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        answer = await super().save(model, path)
        if model.get("chunk") in (None, -1) and path.endswith(".ipynb"):
            await self._follow(following.saved, self._place(path))
        return answer

    async def delete_file(self, path: str) -> None:
        await super().delete_file(path)
        if path.endswith(".ipynb"):
            await self._follow(following.removed, self._place(path))

    async def rename_file(self, old_path: str, new_path: str) -> None:
        await super().rename_file(old_path, new_path)
        if self._place(old_path) != self._place(new_path) and not self._place(new_path).is_dir():
            await self._follow(following.renamed, self._place(old_path), self._place(new_path))

    def _place(self, path: str) -> Path:
        return Path(self._get_os_path(path.strip("/")))

    async def _follow(self, follow: Callable[..., str | None], *paths: Path) -> None:
        """What goes wrong here must not look like a lost save: the notebook is on disk."""
        try:
            reason = await asyncio.to_thread(follow, *paths, self.folders)
        except Exception:
            self.log.exception("the module of %s does not follow it", paths[-1])
        else:
            if reason:
                self.log.warning("not exported: %s", reason)
