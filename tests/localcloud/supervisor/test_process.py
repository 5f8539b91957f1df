"""The end of a session takes everybody along, and no one else."""

import subprocess
import sys

import psutil

from localcloud.supervisor.process import end_session

LEADER = """
import os, subprocess, sys
sleep = ["sleep", "600"]
started = [subprocess.Popen(sleep), subprocess.Popen(sleep, preexec_fn=os.setpgrp)]
print(*(one.pid for one in started), flush=True)
sys.stdin.read()
"""


def test_a_session_ends_whole_even_without_its_leader() -> None:
    leader = subprocess.Popen(
        [sys.executable, "-c", LEADER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    other = subprocess.Popen(["sleep", "600"], start_new_session=True)
    with leader, other:
        assert leader.stdout
        members = [psutil.Process(int(pid)) for pid in leader.stdout.readline().split()]
        leader.kill()
        leader.wait()
        end_session(leader.pid)
        _gone, alive = psutil.wait_procs(members, timeout=20)
        assert alive == [] and other.poll() is None
        other.kill()


def test_a_process_ends_with_its_session() -> None:
    code = "import os; from localcloud.supervisor.process import end_session; end_session(os.getpid())"
    ended = subprocess.run([sys.executable, "-c", code], start_new_session=True, timeout=60)
    assert ended.returncode == -9
