"""The portal: one page for each thing that can be seen in the local cloud, and the shell around them.

A page is a folder here and one line in `registry.NAMES`; nothing else names it. The folder holds

- `__init__.py` with `PAGE = Page(...)` (see `page.Page`): path, title, the service that it shows, its options of the
  command line, and functions that import its routes and words when they are needed;
- `<name>.html`, a template that extends `shell.html` (blocks `title` and `body`);
- `static/<name>.js` and `static/<name>.css`, and whatever else these import, served below `static/<name>/`.

The routes of a page are objects with `routes()` and `close()` (`page.Api`). They get `page.Connections`: the settings
by name (the environment's, and those of the command line), which services run, and `shared(SomeClass)`, which is one
object of a class for all pages: a client of a service, opened before the portal answers and closed at its end.
The scripts find in `static/` what pages share: `api.js` (asking), `dom.js` (elements, words), `live.js` and `poll.js`
(what changes), `keyed.js`, `paging.js`, `tabs.js`, `dialog.js`, and the style sheets.

A page whose service does not run is left out of the navigation, and its address answers 404.
"""
