"""FFmpeg's language: a camera becomes its arguments. Pure: nothing is run or read here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uploader.ffmpeg import encoders, test_source
from uploader.ffmpeg.outputs import LONGEST_GAP, outputs
from uploader.pictures import still

if TYPE_CHECKING:
    from uploader.configuration.cameras import Camera, LiveStreamSettings

# What a camera may stay silent before FFmpeg gives up by itself, in microseconds. The real exit takes two to four times
# as long; the supervisor is faster. It is here so that FFmpeg answers SIGTERM and says goodbye to a camera that hangs.
SOCKET_TIMEOUT_US = 5_000_000
PROGRESS_PERIOD = 0.5
# Nothing but RTSP and what it runs over: a redirect cannot make FFmpeg open a file or fetch a page.
PROTOCOLS = "rtp,rtsp,srtp,tcp,tls,udp,crypto"


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """One FFmpeg program: where it is, and what decides about its options."""

    path: str
    version: str
    libavformat: int
    makes_webp: bool = False

    @property
    def socket_timeout(self) -> str:
        """The RTSP socket timeout's option. Before libavformat 59 `-timeout` means: listen and wait to be called."""
        return "-timeout" if self.libavformat >= 59 else "-stimeout"

    @property
    def is_old(self) -> bool:
        """Before FFmpeg 4.4: the pace of progress reports cannot be chosen (it is one in 0.5 s anyway)."""
        return self._release < (4, 4)

    @property
    def every_picture(self) -> tuple[str, str]:
        """The option that neither repeats nor leaves out a picture."""
        return self._pictures("passthrough")

    @property
    def evenly(self) -> tuple[str, str]:
        """The option that repeats and leaves out pictures so that all last equally long, whatever the format."""
        return self._pictures("cfr")

    def _pictures(self, mode: str) -> tuple[str, str]:
        # The old option is gone in FFmpeg 9, the new one came with 5.1.
        return ("-vsync" if self._release < (5, 1) else "-fps_mode", mode)

    @property
    def _release(self) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", self.version)[:2])


# The stamps that pictures came with. Before FFmpeg 8 they are counted in pictures of the rate that the stream claims,
# for formats that do not say they can do better; a camera that sends twice as many would play at half its speed.
_COPY = ("-copytb", "1", "-c:v", "copy")


def command(
    ffmpeg: FFmpeg, camera: Camera, directory: str, *, encoder: str | None = encoders.SOFTWARE, utc_offset: int = 0
) -> list[str]:
    """The arguments that make FFmpeg put this camera into `directory`, reporting progress on stdout: cut into HLS
    segments, or as one MPEG-TS through a pipe where they are sent while they are made.

    `encoder` None copies the camera's own H.264. `utc_offset` (s) is what the clock of the test picture adds to UTC.
    There is no `-nostdin`: with it FFmpeg 7.0 ignores SIGTERM. Give it /dev/null instead.
    """
    settings = camera.settings
    made_by = encoders.encoder(encoder, settings, old=ffmpeg.is_old) if encoder else None
    return [
        ffmpeg.path,
        # Information, because that is where it says what the camera sends (see media).
        *("-hide_banner", "-loglevel", "level+info", "-nostats", "-progress", "pipe:1"),
        *(() if ffmpeg.is_old else ("-stats_period", f"{PROGRESS_PERIOD:g}")),
        *(made_by.setup if made_by else ()),
        *source(ffmpeg, camera, utc_offset),
        *_streams(camera),
        *(_video(settings, made_by) if made_by else _COPY),
        # Into MPEG-TS (not HLS) FFmpeg passes on the holes where a camera, a network or the box paused. After one of
        # more than two pictures a browser drops all up to the next keyframe (Media Source Extensions, section 3.5.8),
        # which is several parts away.
        *(ffmpeg.evenly if made_by and settings.sent_while_made else ()),
        *_audio(settings),
        *outputs(settings, directory, made=made_by is not None),
    ]


def probe_command(ffmpeg: FFmpeg, camera: Camera, picture: str | None = None) -> list[str]:
    """The arguments that make FFmpeg list every packet of this camera on stdout, the sound's too; see packets.

    `picture`: where its first picture is put as a JPEG, out of the same connection.
    """
    listening = camera.settings.model_copy(update={"audio": True})
    opening = source(ffmpeg, camera.model_copy(update={"settings": listening}))
    if "-use_wallclock_as_timestamps" in opening:
        # The camera's own times tell in which order pictures are shown.
        opening[opening.index("-use_wallclock_as_timestamps") + 1] = "0"
    return [
        *(ffmpeg.path, "-hide_banner", "-loglevel", "level+info", "-nostats"),
        *opening,
        *("-map", "0:v:0", "-map", "0:a:0?", "-c", "copy"),
        # Sound that is announced and never sent must not hold back the picture; in microseconds.
        *("-max_interleave_delta", "100000", "-f", "framecrc", "pipe:1"),
        *(() if picture is None else _picture(picture)),
    ]


def _picture(path: str) -> tuple[str, ...]:
    # "-update": a "%" in the path is no number to be filled in.
    return ("-map", "0:v:0", "-frames:v", "1", *still.JPEG.arguments, "-f", "image2", "-update", "1", "-y", path)


def source(ffmpeg: FFmpeg, camera: Camera, utc_offset: int = 0) -> list[str]:
    """The arguments that open this camera."""
    match camera.source:
        case "test":
            return _test_input(camera.settings, utc_offset)
        case "device":
            return ["-f", "v4l2", "-thread_queue_size", "64", "-i", camera.rtsp_url]
        case "rtsp":
            return _rtsp_input(ffmpeg, camera)


def is_stamped_by_box(camera: Camera) -> bool:
    """Whether media time follows the box's clock, and its steps with it (`-use_wallclock_as_timestamps`)."""
    return camera.source == "rtsp"


def _rtsp_input(ffmpeg: FFmpeg, camera: Camera) -> list[str]:
    return [
        # With box time (below), a step of the box's clock floods or freezes; what is further off is guessed instead.
        *("-dts_error_threshold", str(LONGEST_GAP)),
        # Frame threads hold back a frame each: 0.6 s on eight cores, 0.14 s like this.
        *("-threads", "1"),
        # Start with the first keyframe; guessing the frame rate costs seconds with slow cameras.
        *("-fpsprobesize", "0", "-analyzeduration", "1000000"),
        # A picture of another size is said, instead of squeezed into the old shape without a word (media.py).
        *("-reinit_filter", "0"),
        # The box's time, not the camera's: cameras jump by hours, and then `-r` makes hundreds of segments in seconds.
        *("-use_wallclock_as_timestamps", "1"),
        *_transport(camera.settings),
        *(ffmpeg.socket_timeout, str(SOCKET_TIMEOUT_US)),
        # Sound announced and never sent makes FFmpeg wait for ever, so it is asked for only on request.
        *(() if camera.settings.audio else ("-allowed_media_types", "video")),
        *("-protocol_whitelist", PROTOCOLS, "-f", "rtsp", "-i", camera.rtsp_url),
    ]


def _transport(settings: LiveStreamSettings) -> list[str]:
    if settings.transport == "auto":
        # TCP, and UDP only where the camera refuses TCP (461).
        return ["-rtsp_flags", "prefer_tcp"]
    return ["-rtsp_transport", settings.transport]


def _test_input(settings: LiveStreamSettings, utc_offset: int) -> list[str]:
    picture = ["-f", "lavfi", "-i", test_source.graph(settings.target_fps, utc_offset)]
    tone = ["-re", "-f", "lavfi", "-i", "sine=frequency=220:beep_factor=4:sample_rate=44100"]
    return picture + (tone if settings.audio else [])


def _streams(camera: Camera) -> list[str]:
    if not camera.settings.audio:
        return ["-map", "0:v:0", "-an"]
    # "?": a camera without sound is no reason to show no picture.
    return ["-map", "0:v:0", "-map", "1:a:0" if camera.source == "test" else "0:a:0?"]


# rotate, clockwise
_TURNS = {0: "", 90: "transpose=clock,", 180: "hflip,vflip,", 270: "transpose=cclock,"}


def _video(settings: LiveStreamSettings, encoder: encoders.Encoder) -> list[str]:
    # Never enlarges, keeps the shape, both sides even as 4:2:0 wants. Cameras send yuvj420p, browsers want yuv420p.
    scale = f"scale=w=trunc(min({settings.target_width}\\,iw)/2)*2:h=-2"
    return [
        *("-vf", f"{_TURNS[settings.rotate]}{scale},{encoder.pixels}"),
        *encoder.arguments,
        *("-r", str(settings.target_fps), "-g", str(settings.gop), "-keyint_min", str(settings.gop)),
        *("-force_key_frames", f"expr:{_is_key(settings)}"),
    ]


def _is_key(settings: LiveStreamSettings) -> str:
    if settings.part_duration:
        return f"gte(n,n_forced*{settings.gop})"
    # The GOP counts frames, segments are cut by time: where they do not divide evenly, time decides.
    return f"gte(t,n_forced*{settings.segment_duration:g})"


def _audio(settings: LiveStreamSettings) -> list[str]:
    if not settings.audio:
        return []
    # Cameras send G.711 at 8 kHz with gaps; resampling to an even clock keeps the player's buffer whole.
    return ["-c:a", "aac", "-b:a", "128k", "-ar", "44100", "-af", "aresample=async=1:first_pts=0"]


def version_of(banner: str) -> tuple[str, int] | None:
    """Version and libavformat's major number out of `ffmpeg -version`; None if this is no FFmpeg."""
    version = re.match(r"ffmpeg version (\S+)", banner)
    library = re.search(r"^libavformat\s+(\d+)\.", banner, re.MULTILINE)
    return (version[1], int(library[1])) if version and library else None


def unfit(encoders: str, muxers: str, demuxers: str) -> list[str]:
    """What this FFmpeg lacks for a camera, out of the lists it prints; empty when it is fit."""
    needs = {"libx264": encoders, "aac": encoders, "hls": muxers, "mpegts": muxers, "rtsp": demuxers, "lavfi": demuxers}
    return [name for name, text in needs.items() if not lists(name, text)]


def lists(name: str, text: str) -> bool:
    """Whether this is in a list that FFmpeg prints of its encoders, muxers or demuxers."""
    return re.search(rf"^[ .A-Zd]+ (?:\S+,)?{name}(?:,\S+)?\s", text, re.MULTILINE) is not None
