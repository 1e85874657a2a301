"""Numbers of functions and commands in formula tokens ([MS-XLS] 2.5.198.4, 2.5.198.17), with their arity.

A function that has no number here is told by it (``FUNC.400``) and cannot be evaluated.
"""

from __future__ import annotations

from typing import Final

_ONE: Final = (
    (2, "ISNA"), (3, "ISERROR"), (15, "SIN"), (16, "COS"), (17, "TAN"), (18, "ATAN"), (20, "SQRT"),
    (21, "EXP"), (22, "LN"), (23, "LOG10"), (24, "ABS"), (25, "INT"), (26, "SIGN"), (32, "LEN"),
    (33, "VALUE"), (38, "NOT"), (67, "DAY"), (68, "MONTH"), (69, "YEAR"), (71, "HOUR"), (72, "MINUTE"),
    (73, "SECOND"), (75, "AREAS"), (76, "ROWS"), (77, "COLUMNS"), (83, "TRANSPOSE"), (86, "TYPE"),
    (90, "DEREF"), (98, "ASIN"), (99, "ACOS"), (105, "ISREF"), (106, "GET.FORMULA"), (111, "CHAR"),
    (112, "LOWER"), (113, "UPPER"), (114, "PROPER"), (118, "TRIM"), (121, "CODE"), (126, "ISERR"),
    (127, "ISTEXT"), (128, "ISNUMBER"), (129, "ISBLANK"), (130, "T"), (131, "N"), (133, "FCLOSE"),
    (134, "FSIZE"), (135, "FREADLN"), (140, "DATEVALUE"), (141, "TIMEVALUE"), (162, "CLEAN"), (184, "FACT"),
    (186, "GET.WORKSPACE"), (190, "ISNONTEXT"), (198, "ISLOGICAL"), (201, "UNREGISTER"), (211, "LENB"),
    (214, "ASC"), (215, "DBCS"), (229, "SINH"), (230, "COSH"), (231, "TANH"), (244, "INFO"),
    (257, "EVALUATE"), (261, "ERROR.TYPE"), (279, "EVEN"), (298, "ODD"), (342, "RADIANS"), (343, "DEGREES"),
)  # fmt: skip
_TWO: Final = (
    (27, "ROUND"), (30, "REPT"), (39, "MOD"), (48, "TEXT"), (79, "ABSREF"), (80, "RELREF"), (97, "ATAN2"),
    (108, "SET.VALUE"), (117, "EXACT"), (136, "FREAD"), (137, "FWRITELN"), (138, "FWRITE"), (176, "REQUEST"),
    (178, "EXECUTE"), (212, "ROUNDUP"), (213, "ROUNDDOWN"), (276, "COMBIN"), (285, "FLOOR"), (288, "CEILING"),
    (303, "SUMXMY2"), (325, "LARGE"), (326, "SMALL"), (337, "POWER"), (346, "COUNTIF"), (175, "INITIATE"),
)  # fmt: skip
_THREE: Final = ((31, "MID"), (65, "DATE"), (66, "TIME"), (177, "POKE"), (210, "MIDB"))
_FOUR: Final = ((119, "REPLACE"), (207, "REPLACEB"))
_NONE: Final = (
    (10, "NA"), (19, "PI"), (34, "TRUE"), (35, "FALSE"), (54, "HALT"), (63, "RAND"), (74, "NOW"),
    (89, "CALLER"), (94, "ACTIVE.CELL"), (95, "SELECTION"), (180, "RESTART"), (221, "TODAY"),
    (238, "LAST.ERROR"),
)  # fmt: skip
_VARIABLE: Final = (
    (0, "COUNT"), (1, "IF"), (4, "SUM"), (5, "AVERAGE"), (6, "MIN"), (7, "MAX"), (8, "ROW"), (9, "COLUMN"),
    (13, "DOLLAR"), (14, "FIXED"), (28, "LOOKUP"), (29, "INDEX"), (36, "AND"), (37, "OR"), (53, "GOTO"),
    (55, "RETURN"), (64, "MATCH"), (70, "WEEKDAY"), (78, "OFFSET"), (81, "ARGUMENT"), (82, "SEARCH"),
    (84, "ERROR"), (85, "STEP"), (87, "ECHO"), (88, "SET.NAME"), (91, "WINDOWS"), (93, "DOCUMENTS"),
    (96, "RESULT"), (100, "CHOOSE"), (101, "HLOOKUP"), (102, "VLOOKUP"), (103, "LINKS"), (104, "INPUT"),
    (107, "GET.NAME"), (109, "LOG"), (110, "EXEC"), (115, "LEFT"), (116, "RIGHT"), (120, "SUBSTITUTE"),
    (122, "NAMES"), (123, "DIRECTORY"), (124, "FIND"), (125, "CELL"), (132, "FOPEN"), (139, "FPOS"),
    (145, "GET.DEF"), (146, "REFTEXT"), (147, "TEXTREF"), (148, "INDIRECT"), (149, "REGISTER"), (150, "CALL"),
    (166, "FILES"), (169, "COUNTA"), (170, "CANCEL.KEY"), (171, "FOR"), (172, "WHILE"), (173, "BREAK"),
    (174, "NEXT"), (179, "TERMINATE"), (182, "GET.BAR"), (183, "PRODUCT"), (185, "GET.CELL"),
    (187, "GET.WINDOW"), (188, "GET.DOCUMENT"), (191, "GET.NOTE"), (192, "NOTE"), (197, "TRUNC"),
    (205, "FINDB"), (206, "SEARCHB"), (208, "LEFTB"), (209, "RIGHTB"), (216, "RANK"), (219, "ADDRESS"),
    (220, "DAYS360"), (223, "ELSE"), (224, "ELSE.IF"), (225, "END.IF"), (226, "FOR.CELL"), (227, "MEDIAN"),
    (228, "SUMPRODUCT"), (236, "CREATE.OBJECT"), (237, "VOLATILE"), (241, "FORMULA.CONVERT"),
    (248, "PAUSE"), (251, "RESUME"), (255, "USER"), (267, "REGISTER.ID"), (268, "GET.WORKBOOK"),
    (321, "SUMSQ"), (330, "MODE"), (336, "CONCATENATE"), (344, "SUBTOTAL"), (345, "SUMIF"),
    (354, "ROMAN"), (359, "HYPERLINK"), (480, "IFERROR"),
    (384, "HEX2BIN"), (385, "HEX2DEC"), (386, "HEX2OCT"), (387, "DEC2BIN"), (388, "DEC2HEX"),
    (389, "DEC2OCT"), (390, "OCT2BIN"), (391, "OCT2HEX"), (392, "OCT2DEC"), (393, "BIN2DEC"),
    (394, "BIN2OCT"), (395, "BIN2HEX"), (417, "QUOTIENT"), (422, "MROUND"), (464, "RANDBETWEEN"),
    (473, "GCD"), (475, "LCM"),
)  # fmt: skip
FUNCTIONS: Final[dict[int, str]] = dict((*_ONE, *_TWO, *_THREE, *_FOUR, *_NONE, *_VARIABLE))
ARITY: Final[dict[int, int]] = {
    number: count for count, group in enumerate((_NONE, _ONE, _TWO, _THREE, _FOUR)) for number, _ in group
}
"""Arguments of the functions whose token does not say how many."""

COMMANDS: Final[dict[int, str]] = {
    0: "BEEP", 1: "OPEN", 2: "OPEN.LINKS", 3: "CLOSE.ALL", 4: "SAVE", 5: "SAVE.AS", 6: "FILE.DELETE",
    11: "QUIT", 12: "NEW.WINDOW", 16: "CLOSE", 17: "RUN", 50: "COPY", 51: "PASTE", 52: "CLEAR",
    53: "PASTE.SPECIAL", 54: "EDIT.DELETE", 57: "FILL.DOWN", 61: "DEFINE.NAME", 63: "FORMULA.GOTO",
    93: "HIDE", 94: "UNHIDE", 95: "WORKSPACE", 96: "FORMULA", 97: "FORMULA.FILL", 98: "FORMULA.ARRAY",
    103: "ACTIVATE", 109: "SELECT", 110: "DELETE.NAME", 118: "ALERT", 119: "NEW", 122: "MESSAGE",
    125: "APP.ACTIVATE", 130: "FORMULA.REPLACE", 131: "SEND.KEYS", 141: "ECHO", 144: "FILE.CLOSE",
    148: "ON.TIME", 149: "WAIT", 163: "WINDOW.RESTORE", 164: "WINDOW.MAXIMIZE", 165: "ERROR",
    171: "APP.SIZE", 172: "APP.MINIMIZE", 173: "APP.MAXIMIZE", 256: "ZOOM", 260: "WINDOW.MINIMIZE",
    281: "WORKBOOK.ADD", 285: "SAVE.WORKSPACE", 291: "WORKBOOK.SELECT", 292: "WORKBOOK.ACTIVATE",
    354: "WORKBOOK.INSERT", 383: "WORKBOOK.HIDE", 384: "WORKBOOK.UNHIDE", 385: "WORKBOOK.DELETE",
    386: "WORKBOOK.NAME", 417: "WORKBOOK.PROTECT", 441: "OPEN.TEXT",
    456: "SAVE.COPY.AS", 469: "APP.ACTIVATE.MICROSOFT",
}  # fmt: skip
ERRORS: Final = {
    0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A",
}  # fmt: skip
BUILT_IN_NAMES: Final = (
    "consolidate_area", "auto_open", "auto_close", "extract", "database", "criteria", "print_area",
    "print_titles", "recorder", "data_form", "auto_activate", "auto_deactivate", "sheet_title",
    "_filterdatabase",
)  # fmt: skip
