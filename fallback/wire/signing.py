"""Signatures over files, made and checked by OpenSSH's own program.

``ssh-keygen -Y sign`` writes the signature of FILE to FILE.sig, ``-Y verify`` checks it
(https://man.openbsd.org/ssh-keygen, "-Y sign", "-Y verify" and "ALLOWED SIGNERS").
Nothing here understands a key: what OpenSSH can verify, hardware keys included, counts.
"""

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from fallback.core.errors import Refused
from fallback.core.text import T, Text

NAMESPACE = "fallback"
"""A signature that was made for anything else (git, a file of somebody's) is none."""

_WITHIN = 20
"""Seconds: checking takes some thirty milliseconds."""


def signer(text: bytes, signature: Path, keys: Sequence[str]) -> str:
    """Return the fingerprint of the key of *keys* that signed exactly *text*.

    *keys* are lines as in ``id_ed25519.pub``. Raises ``Refused`` when there is no
    signature, when it is by another key, over another text or for another purpose, and
    when there is no OpenSSH to ask.
    """
    if not signature.is_file():
        raise _not_signed(T("there is no {file}", file=signature.name))
    with tempfile.TemporaryDirectory(prefix="fallback-") as folder:
        allowed = Path(folder) / "allowed_signers"
        lines = [f'{NAMESPACE} namespaces="{NAMESPACE}" {key}\n' for key in keys]
        allowed.write_text("".join(lines), "utf-8")
        ended = _verify(text, signature, allowed)
    found = re.search(rb"with \S+ key (SHA256:\S+)", ended.stdout)
    if ended.returncode != 0 or found is None:
        why = T("{file} is of nobody in approval.signers, or of another file")
        raise _not_signed(why.with_values(file=signature.name))
    return found[1].decode()


def _verify(
    text: bytes, signature: Path, allowed: Path
) -> subprocess.CompletedProcess[bytes]:
    call = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", NAMESPACE]
    try:
        return subprocess.run(
            [*call, "-n", NAMESPACE, "-s", str(signature)],
            input=text,
            capture_output=True,
            timeout=_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        why = T("ssh-keygen, a program of OpenSSH, cannot be asked")
        raise _not_signed(why) from error


def _not_signed(why: Text) -> Refused:
    return Refused(why)
