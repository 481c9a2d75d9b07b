"""How pages look: light and dark, on paper and on a telephone."""

from __future__ import annotations

CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""A page that loads and runs nothing, whatever stood in it."""

STYLE = """\
:root{color-scheme:light dark;--ink:#1f2933;--quiet:#52606d;--rule:#cbd2d9;--shade:#f0f3f6;
--page:#fff;--good:#0b6e3c;--bad:#a61b1b;--on:#fff;
--open:#b4530a;--expected:#2a6fb0;--auto:#0b7a4b;--resolved:#6b7785;--whole:#3e4c59}
@media (prefers-color-scheme:dark){:root{--ink:#e4e7eb;--quiet:#9aa5b1;--rule:#3e4c59;
--shade:#1f2933;--page:#14191f;--good:#5bd08f;--bad:#ff8f85;--on:#14191f;
--open:#f0a35e;--expected:#74b3ea;--auto:#4cc38a;--resolved:#8d99a6;--whole:#b8c2cc}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:62rem;margin:0 auto;padding:1.5rem}
.agrees,.differs{margin:0;padding:.75rem 1rem;border-radius:.4rem;color:var(--on);font-weight:600}
.agrees{background:var(--good)}.differs{background:var(--bad)}
h1{font-size:1.6rem;margin:1.2rem 0 0}
h2{font-size:1.15rem;margin:2rem 0 .6rem;padding-bottom:.3rem;border-bottom:1px solid var(--rule)}
h3{font-size:1rem;margin:1.2rem 0 .4rem}
.quiet{color:var(--quiet);margin:.2rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));gap:.6rem;
margin:1.2rem 0}
.tiles div{background:var(--shade);border-radius:.4rem;padding:.6rem .8rem}
dt{color:var(--quiet);font-size:.85rem}dd{margin:0;font-size:1.35rem;font-weight:600}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--rule);
vertical-align:top;overflow-wrap:break-word}
th{background:var(--shade)}.n{text-align:right;white-space:nowrap}
tfoot td{font-weight:600;border-top:2px solid var(--ink)}
svg{display:block;width:100%;min-width:32rem;max-width:45rem;height:auto;margin:.4rem 0 .8rem}
svg text{font-size:13px;fill:var(--ink)}svg .label{text-anchor:end}
.axis{stroke:var(--quiet)}
.open{fill:var(--open);background:var(--open)}
.expected{fill:var(--expected);background:var(--expected)}
.auto_resolved{fill:var(--auto);background:var(--auto)}
.resolved{fill:var(--resolved);background:var(--resolved)}
.step{fill:var(--expected)}.whole{fill:var(--whole)}.alarm{fill:var(--bad)}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:0 0 .8rem;padding:0;
font-size:.85rem}
.key{display:inline-block;width:.8rem;height:.8rem;margin-right:.4rem;border-radius:.15rem;
vertical-align:-.05rem}
@media print{main{max-width:none;padding:0}section{break-inside:avoid-page}}
"""
