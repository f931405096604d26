"""One module for each kind of PBX; `docs/adding-a-pbx.md` shows how to write one."""
