import bz2
import gzip
import io
import lzma
import tarfile
from typing import Any

import pytest

from autograder.grading.unpacking import Limits, Refused, unpack

APP = {"1-slack-bot/function_app.py": b"app", "1-slack-bot/host.json": b"{}"}


def tarball(files: dict[str, bytes], *members: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return target.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("compressed", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_tarball_is_as_good_as_a_zip(handins: Any, compressed: Any) -> None:
    contents = unpack(compressed(tarball(APP)), handins.lab)
    assert contents.app == {"function_app.py": b"app", "host.json": b"{}"}
    assert contents.notes == []


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_are_left_out(handins: Any, kind: bytes) -> None:
    contents = unpack(tarball(APP, special("1-slack-bot/x", kind, "/etc/passwd")), handins.lab)
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert contents.notes == ["1-slack-bot/x is a link or a special file; it was left out."]


@pytest.mark.parametrize("name", ["../evil.py", "/etc/cron.d/evil", "1-slack-bot/../../evil.py", "a\udc80b.py"])
def test_no_name_leads_outside(handins: Any, name: str) -> None:
    contents = unpack(tarball({**APP, name: b"evil"}), handins.lab)
    assert set(contents.app) == {"function_app.py", "host.json"}
    assert len(contents.notes) == 1


@pytest.mark.parametrize("compressed", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_refused_before_it_goes_off(handins: Any, compressed: Any) -> None:
    bomb = compressed(tarball({**APP, "1-slack-bot/.venv/zeros": bytes(60_000_000)}))
    assert set(unpack(bomb, handins.lab).app) == {"function_app.py", "host.json"}
    with pytest.raises(Refused, match="more than 50 MB"):
        unpack(bomb, handins.lab, Limits(unpacked=50_000_000))


def test_headers_without_end_are_refused(handins: Any) -> None:
    headers = {f"SCHILY.xattr.{number}": "x" * 1000 for number in range(2000)}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
        archive.addfile(tarfile.TarInfo("1-slack-bot/function_app.py"))
    with pytest.raises(Refused, match="no zip and no tarball"):
        unpack(gzip.compress(target.getvalue()), handins.lab)


def test_an_xz_that_asks_for_gigabytes_is_refused(handins: Any) -> None:
    compressor = lzma.LZMACompressor(format=lzma.FORMAT_XZ, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 27}])
    with pytest.raises(Refused, match="no zip and no tarball"):
        unpack(compressor.compress(tarball(APP)) + compressor.flush(), handins.lab)


def test_a_truncated_tarball_is_refused_or_what_is_whole_counts(handins: Any) -> None:
    whole = gzip.compress(tarball(APP))
    with pytest.raises(Refused):
        unpack(whole[: len(whole) // 8], handins.lab)
