"""What every hosted page shares: its style, its few lines of script, its frame and its policy."""

import base64
import hashlib
from html import escape
from typing import Final

from tools.sandbox_psp.wire import Response

STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b2130;--soft:#5b6478;--line:#dfe3ec;--card:#fff;
--page:#f3f5fa;--brand:#3b4fd8;--on-brand:#fff;--good:#157347;--bad:#b3261e;--tint:#eef0ff}
@media(prefers-color-scheme:dark){:root{--ink:#eceff7;--soft:#a5aec2;--line:#343b4d;--card:#1c212d;
--page:#12151d;--brand:#93a1ff;--on-brand:#12151d;--good:#6ed3a0;--bad:#ff9c94;--tint:#272d45}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,
Helvetica,Arial,sans-serif;display:flex;flex-direction:column;align-items:center;
padding:2.5rem 1rem}
.strip{font-size:.8rem;color:var(--soft);letter-spacing:.04em;margin-bottom:1rem}
main{width:100%;max-width:27rem;background:var(--card);border:1px solid var(--line);
border-radius:16px;padding:1.75rem;box-shadow:0 12px 32px rgb(20 28 60/.08)}
h1{font-size:1.15rem;margin:0 0 .25rem;font-weight:600}
.amount{font-size:2.1rem;font-weight:700;letter-spacing:-.02em;margin:.1rem 0 0;
font-variant-numeric:tabular-nums}
.soft{color:var(--soft);margin:.25rem 0 0;font-size:.9rem;overflow-wrap:anywhere}
a{color:var(--brand)}
hr{border:0;border-top:1px solid var(--line);margin:1.25rem 0}
label{display:block;font-size:.85rem;font-weight:600;margin:.9rem 0 .3rem}
input{width:100%;font:inherit;padding:.6rem .75rem;border:1px solid var(--line);border-radius:9px;
background:var(--card);color:var(--ink);font-variant-numeric:tabular-nums}
.row{display:grid;grid-template-columns:1fr 1fr 1fr;gap:.75rem}
button,a.button{font:inherit;font-weight:600;width:100%;padding:.75rem 1rem;border-radius:10px;
border:1px solid var(--brand);background:var(--brand);color:var(--on-brand);cursor:pointer;
margin-top:1rem;display:block;text-align:center;text-decoration:none}
button.quiet{background:transparent;color:var(--ink);border-color:var(--line);margin-top:.6rem}
:focus-visible{outline:3px solid var(--brand);outline-offset:2px}
.problem{border-left:4px solid var(--bad);padding:.5rem .8rem;margin:1rem 0 0;color:var(--bad);
background:var(--tint);border-radius:6px}
.qr{background:#fff;border-radius:12px;padding:.75rem;margin:1rem auto 0;width:fit-content;
border:1px solid var(--line)}
.qr svg{display:block;width:220px;height:220px}
.timer{text-align:center;font-variant-numeric:tabular-nums}
.timer b{font-size:1.1rem}
.good{color:var(--good)}.bad{color:var(--bad)}
details{margin-top:1.25rem}
summary{cursor:pointer;font-weight:600;font-size:.9rem}
ul{list-style:none;margin:.5rem 0 0;padding:0}
li{border-top:1px solid var(--line)}
li.charge{display:flex;justify-content:space-between;gap:1rem;padding:.6rem 0;font-size:.9rem}
li button{margin:0;border:0;border-radius:6px;background:transparent;color:var(--ink);display:flex;
justify-content:space-between;gap:1rem;padding:.5rem .4rem;font-weight:400;font-size:.85rem;
text-align:left}
li button:hover{background:var(--tint)}
li code{font-size:.85rem;white-space:nowrap}
"""

SCRIPT: Final = """
document.querySelectorAll('[data-card]').forEach(function(b){b.addEventListener('click',function(){
document.getElementById('number').value=b.dataset.card;
document.getElementById('exp_month').value='12';document.getElementById('exp_year').value='2034';
document.getElementById('cvc').value='123';document.getElementById('pay').focus();});});
var t=document.querySelector('[data-seconds]');
if(t){var end=Date.now()+1000*Number(t.dataset.seconds);var tick=function(){
var s=Math.max(0,Math.round((end-Date.now())/1000));
t.textContent=Math.floor(s/60)+':'+String(s%60).padStart(2,'0');
if(s===0){clearInterval(timer);location.reload();}};var timer=setInterval(tick,1000);tick();}
"""


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


# Only this style and this script run; nothing is fetched from anywhere.
_POLICY: Final = (
    f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(SCRIPT)}; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def framed(title: str, content: str) -> Response:
    """A whole page; ``content`` is HTML whose parts are escaped already."""
    body = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} - Sandbox PSP</title><style>{STYLE}</style></head>"
        '<body><div class="strip">SANDBOX PSP &middot; no real money moves</div>'
        f"<main>{content}</main><script>{SCRIPT}</script></body></html>"
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": _POLICY,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, body.encode())
