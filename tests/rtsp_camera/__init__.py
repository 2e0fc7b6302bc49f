"""A network camera for tests: real RTSP, real RTP, real H.264, and on request the faults that real cameras have.

clip.py         what it sees: H.264 and sound, encoded once by FFmpeg, played in a circle (pure, but for `encoded`)
rtp.py          pictures and sound as RTP packets, and RTCP sender reports (pure)
sdp.py          what it announces (pure)
login.py        Basic and Digest (pure)
messages.py     RTSP requests and responses (pure)
channels.py     how packets travel: inside the RTSP connection, or over UDP
player.py       sends one track in real time
connection.py   one client
script.py       what it does wrong, and when
camera.py       RtspCamera: listens, counts, follows its script
"""

from .camera import RtspCamera
from .clip import Clip, encoded
from .login import Login
from .script import Away, Drop, Fault, Freeze, Script

__all__ = ["Away", "Clip", "Drop", "Fault", "Freeze", "Login", "RtspCamera", "Script", "encoded"]
