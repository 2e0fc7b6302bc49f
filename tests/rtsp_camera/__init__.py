"""A network camera for tests: real RTSP, real RTP, real H.264 and H.265, and on request the faults of real cameras.

codec.py        H.264 and H.265: NAL units, how they are cut into packets and announced (pure)
clip.py         what it sees, played in a circle (pure)
film.py         clips of FFmpeg's test picture, encoded once for each set of values
clockwork.py    the camera's clock, right and wrong (pure)
rtp.py          RTP packets, and RTCP sender reports (pure)
sdp.py          what it announces (pure)
login.py        Basic and Digest (pure)
messages.py     RTSP requests and responses (pure)
channels.py     how packets travel: inside the RTSP connection, or over UDP
network.py      what a bad network does to them
player.py       sends one track in real time
connection.py   one client
faults.py       what happens to it
script.py       what is wrong with it all the time, and when what happens
camera.py       RtspCamera: listens, counts, follows its script
viewer.py       who looks at it in its own tests
__main__.py     one to look at by hand: `python -m tests.rtsp_camera --help`
"""

from .camera import RtspCamera
from .clip import Clip
from .clockwork import Clockwork
from .codec import H264, H265
from .faults import Away, Change, Drop, Fault, Freeze, HalfOpen, Hush, Jump, Noise, PowerCut, Reset, Weather
from .film import encoded, sound_only
from .login import Login
from .network import Network
from .script import Script

__all__ = [
    "H264",
    "H265",
    "Away",
    "Change",
    "Clip",
    "Clockwork",
    "Drop",
    "Fault",
    "Freeze",
    "HalfOpen",
    "Hush",
    "Jump",
    "Login",
    "Network",
    "Noise",
    "PowerCut",
    "Reset",
    "RtspCamera",
    "Script",
    "Weather",
    "encoded",
    "sound_only",
]
