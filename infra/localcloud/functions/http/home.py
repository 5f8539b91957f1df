"""What a browser sees at the host's root."""

from localcloud.messages import _

HOME = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 16px/1.5 system-ui; margin: 4em auto; max-width: 40em }}
</style>
</head><body><h1>{title}</h1><p>{text}</p></body></html>
""".format(
    title=_("Your function app is up and running"),
    text=_("This is the Functions host of your local cloud. Your functions answer at their own addresses."),
)
