"""Constants of VBA and of the libraries that macros use, by lower-case name."""

from __future__ import annotations

from typing import Any, Final

CONSTANTS: Final[dict[str, Any]] = {
    "vbcrlf": "\r\n", "vbnewline": "\r\n", "vbcr": "\r", "vblf": "\n", "vbtab": "\t", "vbnullchar": "\0",
    "vbnullstring": "", "vbback": "\b", "vbformfeed": "\f", "vbverticaltab": "\v",
    "vbhide": 0, "vbnormalfocus": 1, "vbminimizedfocus": 2, "vbmaximizedfocus": 3, "vbnormalnofocus": 4,
    "vbminimizednofocus": 6, "vbunicode": 64, "vbfromunicode": 128, "vbuppercase": 1, "vblowercase": 2,
    "vbpropercase": 3, "vbbinarycompare": 0, "vbtextcompare": 1, "vbmethod": 1, "vbget": 2, "vblet": 4,
    "vbset": 8,
    "vbnormal": 0, "vbhidden": 2, "vbsystem": 4, "vbokonly": 0, "vbcritical": 16, "vbexclamation": 48,
    "vbinformation": 64, "vbyes": 6, "vbno": 7, "vbyesno": 4, "vbtrue": -1, "vbfalse": 0,
    "vbobjecterror": -2147221504,
    "wdpropertytitle": 1, "wdpropertysubject": 2, "wdpropertyauthor": 3, "wdpropertykeywords": 4,
    "wdpropertycomments": 5, "wdpropertytemplate": 6, "wdpropertylastauthor": 7, "wdpropertycategory": 18,
    "wdpropertymanager": 20, "wdpropertycompany": 21, "wdpropertyhyperlinkbase": 29,
    "vba7": True, "vba6": True, "win64": True, "win32": True, "win16": False, "mac": False,
    "adtypebinary": 1, "adtypetext": 2, "adsavecreateoverwrite": 2, "adsavecreatenotexist": 1,
    "hkey_current_user": "HKEY_CURRENT_USER", "me": None,
}  # fmt: skip
