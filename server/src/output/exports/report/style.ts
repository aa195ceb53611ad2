/** How the page of a report looks: light and dark as the reader has it, on paper always light. */

/** Five shades of one hue, dark on light: told apart without telling colours apart. */
const LIGHT = `--page:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--panel:#f6f8fa;--accent:#0550ae;--bar:#2f6fb3;
--good:#116329;--bad:#a40e26;--warn:#7d4e00;--edge:#6e7781;
--s0:#f3f8fd;--s1:#d6e6f5;--s2:#a5cbe8;--s3:#2f6fa6;--s4:#0b4a85;--t0:#1b1f24;--t1:#1b1f24;--t2:#1b1f24;--t3:#fff;--t4:#fff;
--steps:#9db7d3;--median:#9a3e00;--mark:#7a1fa2`;
const DARK = `--page:#14181d;--text:#e6edf3;--soft:#a0aab4;--line:#3d444d;--panel:#1c2128;--accent:#79b8ff;--bar:#5a9bd8;
--good:#6fdd8b;--bad:#ff9492;--warn:#f0b72f;--edge:#8b949e;
--s0:#1c2630;--s1:#21405c;--s2:#2a5f8f;--s3:#6fb0e0;--s4:#c5e3fa;--t0:#e6edf3;--t1:#e6edf3;--t2:#fff;--t3:#10161c;--t4:#10161c;
--steps:#4a6c90;--median:#ffb077;--mark:#d9a6ff`;

export const STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.25;margin:0;overflow-wrap:anywhere}
.kind{color:var(--soft);margin:0 0 .25rem}
.headline{font-size:1.15rem;margin:.5rem 0 1rem;padding-left:.75rem;border-left:4px solid var(--accent)}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:0 0 .5rem;padding:0}
a{color:var(--accent)}
h2{font-size:1.25rem;margin:2.25rem 0 .5rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h3{font-size:1.02rem;margin:1.5rem 0 .25rem}
p{margin:.5rem 0}
li{margin:.3rem 0;overflow-wrap:anywhere}
ol,ul{padding-left:1.6rem}
dl{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.2rem 1.25rem;margin:.5rem 0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;margin:.75rem 0;font-size:.88rem}
caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.28rem .6rem;border-bottom:1px solid var(--line)}
th:first-child,td:first-child{padding-left:0}
thead th{color:var(--soft);font-weight:600;border-bottom:2px solid var(--line);vertical-align:bottom}
tbody th{font-weight:500;overflow-wrap:anywhere;min-width:9rem}
td{overflow-wrap:break-word}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .n{white-space:normal}
.few{color:var(--soft);font-style:italic}
.good{color:var(--good);font-weight:600}
.bad{color:var(--bad);font-weight:600}
.warn{color:var(--warn);font-weight:600}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.92em}
code{overflow-wrap:anywhere}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere}
.way{line-height:1.9}
.chip{display:inline-block;line-height:1.4;max-width:100%;background:var(--panel);border:1px solid var(--line);border-radius:4px;padding:.05rem .35rem;overflow-wrap:anywhere}
.way i{color:var(--soft);font-style:normal;padding:0 .2rem}
figure{margin:.75rem 0}
figcaption{color:var(--soft);font-size:.88rem}
svg{display:block;max-width:100%;height:auto;margin:0 auto;font:13px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
svg text{fill:var(--text)}
.flow text{text-anchor:middle}
.flow .node rect{stroke:var(--edge)}
.flow .start rect,.flow .end rect{fill:var(--page);stroke:var(--text);stroke-width:1.5}
.flow .figures{font-size:11px}
.flow .edge{fill:none;stroke:var(--edge)}
.flow marker path{fill:var(--edge)}
.flow .count{font-size:11px;paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
${[0, 1, 2, 3, 4].map((shade) => `.flow .node.s${shade} rect{fill:var(--s${shade})}.flow .node.s${shade} text{fill:var(--t${shade})}.key .s${shade}{background:var(--s${shade});color:var(--t${shade})}`).join('\n')}
.key{display:flex;flex-wrap:wrap;gap:.3rem;align-items:center;margin:.4rem 0;padding:0;list-style:none}
.key li{border:1px solid var(--edge);border-radius:4px;padding:0 .5rem;margin:0}
.key .word{border:0;padding:0 .3rem 0 0}
.shares .name{text-anchor:end}
.shares .bar{fill:var(--bar)}
.trend .steps{fill:var(--steps)}
.trend .part{fill-opacity:.5}
.trend .median{fill:none;stroke:var(--median);stroke-width:2}
.trend .dot{fill:var(--median)}
.lengths .steps{fill:var(--steps)}
.lengths .over{fill:var(--median)}
.lengths .axis{stroke:var(--edge);fill:none}
.lengths text{font-size:11px}
.lengths .tick{text-anchor:middle}
.lengths .left{text-anchor:end}
.trend .axis{stroke:var(--edge);fill:none}
.trend .mark{stroke:var(--mark);stroke-width:2;stroke-dasharray:5 3;fill:none}
.trend text{font-size:11px}
.trend .tick,.trend .number{text-anchor:middle}
.trend .number{fill:var(--mark);font-weight:700;font-size:12px}
.trend .left{text-anchor:end}
.trend .right{fill:var(--median)}
footer{color:var(--soft);font-size:.85rem;margin-top:2.5rem;padding-bottom:2rem}
@media (max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}header,main,footer{padding:0 1rem}header{padding-top:1rem}}
@page{size:A4;margin:16mm 14mm}
@media print{body{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}header,main,footer{max-width:none;padding:0}nav{display:none}
h2,h3,caption{break-after:avoid}tr,figure,pre,li,dl>*{break-inside:avoid}thead{display:table-header-group}.wide{overflow:visible}table{font-size:8.5pt}
svg{max-height:235mm}a{color:inherit;text-decoration:none}}
`;
