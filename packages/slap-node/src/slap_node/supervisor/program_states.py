"""What the supervisor says of a program, as the domain has it."""

from collections.abc import Mapping

from slap_domain.ports.process_supervisor import RunningProgram

_ENDED = frozenset({"EXITED", "FATAL"})
_BY_SIGNAL = -1


def running_program(info: Mapping[str, object]) -> RunningProgram:
    """Return a program of `getAllProcessInfo`."""
    pid = int(str(info["pid"]))
    state = str(info["statename"])
    return RunningProgram(
        group=str(info["group"]),
        name=str(info["name"]),
        state=state,
        pid=pid,
        uptime=max(0.0, float(str(info["now"])) - float(str(info["start"]))) if pid else 0.0,
        ended=_ended(info) if state in _ENDED else "",
    )


def _ended(info: Mapping[str, object]) -> str:
    if info["statename"] == "FATAL":
        return f"cannot be run: {info['spawnerr'] or 'it ended at once'}"
    status = int(str(info["exitstatus"]))
    return "was killed by a signal" if status == _BY_SIGNAL else f"ended with status {status}"
