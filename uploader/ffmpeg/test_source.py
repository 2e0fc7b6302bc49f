"""The picture of `testsrc://`: FFmpeg's moving test pattern with the time of day burnt in, for people and for programs.

No fonts are needed: the clock is one small picture, seven cells high, drawn by an expression and scaled up without
smoothing. Rows 0 to 4 hold HH:MM:SS in a 3 x 5 font. Row 6 is for programs: white, black, 32 bits of the Unix time in
milliseconds (modulo 2**32, most significant first, white is 1), their even parity, white. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, HEIGHT = 854, 480
CELL = 16
COLUMNS, ROWS = 36, 7
LEFT, TOP = 16, HEIGHT - 16 - ROWS * CELL
BITS = 32

# 3 x 5 cells each, row by row from the top left, first cell in the highest of 15 bits.
DIGITS = (31599, 11415, 29671, 29647, 23497, 31183, 31215, 29330, 31727, 31695)
COLON = 0b000_010_000_010_000
_COLON, _BLANK = len(DIGITS), len(DIGITS) + 1


def graph(fps: int, utc_offset: int = 0) -> str:
    """The lavfi graph of the test picture, in real time; the clock shows UTC plus `utc_offset` seconds."""
    # The frame's timestamp becomes the wall clock, in milliseconds, while the cells are drawn.
    return _graph(fps, "realtime,settb=1/1000,setpts=time(0)*1000", utc_offset)


def film(fps: int) -> str:
    """The same picture, softened, as fast as it can be made; its clock shows the time since the film began."""
    return _graph(fps, "settb=1/1000,setpts=N*1000/FRAME_RATE", softened=",boxblur=1,unsharp=3:3:0.7")


def _graph(fps: int, clock_time: str, utc_offset: int = 0, softened: str = "") -> str:
    clock = (
        f"color=black:size={COLUMNS}x{ROWS}:rate={fps},format=gray,"
        f"{clock_time},geq=lum='{_cells(utc_offset)}',settb=1/{fps},setpts=N,"
        f"scale={COLUMNS * CELL}:{ROWS * CELL}:flags=neighbor[clock]"
    )
    picture = f"testsrc2=size={WIDTH}x{HEIGHT}:rate={fps}{softened}[picture]"
    return f"{clock};{picture};[picture][clock]overlay={LEFT}:{TOP}"


def _cells(utc_offset: int) -> str:
    """White or black for the cell at X, Y of a frame taken at T seconds.

    Registers: 0 second of the day, 1 index of the glyph in this column, 2 its cells, 3 Unix time in milliseconds.
    """
    second = f"st(0,mod(floor(T)+{utc_offset},86400))"
    glyph = f"st(1,{_choose('floor(X/4)', _CLOCK_FACE, str(_BLANK))});st(2,{_choose('ld(1)', (*DIGITS, COLON), '0')})"
    milliseconds = f"st(3,mod(floor(T*1000+0.5),pow(2,{BITS})))"
    face = f"lt(mod(X,4),3)*{_bit('ld(2)', '14-Y*3-mod(X,4)')}"
    return f"{second};{glyph};{milliseconds};255*if(eq(Y,6),{_strip()},if(lt(Y,5),{face},0))"


_CLOCK_FACE = (
    "floor(ld(0)/36000)",
    "mod(floor(ld(0)/3600),10)",
    str(_COLON),
    "mod(floor(ld(0)/600),6)",
    "mod(floor(ld(0)/60),10)",
    str(_COLON),
    "mod(floor(ld(0)/10),6)",
    "mod(ld(0),10)",
)


def _strip() -> str:
    parity = "mod(" + "+".join(_bit("ld(3)", str(bit)) for bit in range(BITS)) + ",2)"
    guard = f"eq(X,0)+eq(X,{COLUMNS - 1})"
    return f"if({guard},1,if(eq(X,1),0,if(eq(X,{BITS + 2}),{parity},{_bit('ld(3)', f'{BITS + 1}-X')})))"


def _bit(number: str, position: str) -> str:
    return f"mod(floor({number}/pow(2,{position})),2)"


def _choose(index: str, values: Sequence[object], otherwise: str) -> str:
    expression = otherwise
    for position, value in reversed(list(enumerate(values))):
        expression = f"if(eq({index},{position}),{value},{expression})"
    return expression
