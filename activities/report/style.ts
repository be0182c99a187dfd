import { trusted, type Markup } from './markup.ts';

const LIGHT = `
--paper:#fdfcf9;--raised:#f4f2ec;--ink:#23262b;--dim:#5f666f;--line:#e2dfd6;--accent:#23658f;--pale:#d3d9de;--pinned:#b98c2f;
--good:#21734b;--bad:#b3352b;--note:#8f6410;--note-paper:#fbf3dd;
--series-1:#23658f;--series-2:#c2662d;--series-3:#21734b;--series-4:#7a5aa6;--series-5:#8a8f97;
--submitted:#2f8f7a;--turns:#3f79b5;--budget:#dba33c;--context:#8d6bb8;--infra-failed:#c4453a;--cancelled:#9aa0a8`;

const DARK = `
--paper:#15181c;--raised:#1d2126;--ink:#e6e4df;--dim:#9ea5ae;--line:#31363d;--accent:#6fb2dc;--pale:#3c444d;--pinned:#d9b25f;
--good:#69c493;--bad:#ef8177;--note:#e6bf6a;--note-paper:#2a2415;
--series-1:#6fb2dc;--series-2:#e8965f;--series-3:#69c493;--series-4:#b79be0;--series-5:#9aa0a8;
--submitted:#4fb39c;--turns:#6a9fd4;--budget:#e0b25a;--context:#ac8fd6;--infra-failed:#e0685d;--cancelled:#777e87`;

/** The page's whole style: two schemes, one column on a phone, ink on paper in print. */
export const STYLE: Markup = trusted(`
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;padding:2.5rem clamp(1rem,4vw,3rem) 4rem;max-width:76rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
h1,h2,p,dl,dd,figure,ul{margin:0}
p,li,dd,figcaption{overflow-wrap:anywhere}
h1{font-size:clamp(1.9rem,5vw,2.75rem);line-height:1.1;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{font-size:1.3rem;letter-spacing:-.01em;margin-bottom:.35rem}
code{font:.85em ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
.kind{color:var(--dim);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin-bottom:.35rem}
.recipe{margin-top:.6rem;color:var(--dim);overflow-wrap:anywhere}
.recipe strong{color:var(--ink)}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));margin-top:2rem;
border-top:2px solid var(--ink);border-bottom:1px solid var(--line)}
.figures>div{padding:.75rem 1rem .85rem 0}
.figures dt{color:var(--dim);font-size:.8rem}
.figures dd{font-size:1.3rem;font-weight:600;letter-spacing:-.01em;font-variant-numeric:tabular-nums}
section{margin-top:2.75rem}
.about{color:var(--dim);font-size:.92rem;max-width:46rem}
.about+.scroll,.scroll+.grid{margin-top:1rem}
.notes{margin-top:1.5rem;padding:1rem 1.25rem;background:var(--note-paper);border-left:4px solid var(--note);border-radius:0 6px 6px 0}
.notes h2{font-size:1rem;color:var(--note)}
.notes ul{padding-left:1.1rem}
.pair{display:grid;grid-template-columns:minmax(0,1.4fr) minmax(0,1fr);gap:1rem 1.5rem;align-items:start;margin-top:1rem}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,20rem),1fr));gap:1.25rem 2rem;margin-top:1rem}
.grid figcaption{text-align:center}
.scroll{overflow-x:auto;max-width:100%;background:
linear-gradient(90deg,var(--paper) 33%,transparent) 0/2.5rem 100% no-repeat local,
linear-gradient(270deg,var(--paper) 33%,transparent) 100%/2.5rem 100% no-repeat local,
linear-gradient(90deg,var(--line),transparent) 0/.75rem 100% no-repeat scroll,
linear-gradient(270deg,var(--line),transparent) 100%/.75rem 100% no-repeat scroll}
.scroll:focus-visible{outline:2px solid var(--accent);outline-offset:3px}
table{border-collapse:collapse;width:100%;font-size:.93rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--dim);font-size:.85rem;padding-bottom:.35rem}
th,td{padding:.45rem .9rem .45rem 0;text-align:left;vertical-align:baseline;border-bottom:1px solid var(--line);white-space:nowrap}
thead th{color:var(--dim);font-weight:500;font-size:.82rem;border-bottom-color:var(--dim)}
tbody th{font-weight:600}
th.number,td.number{text-align:right}
tr>:last-child{padding-right:.2rem}
.number+:not(.number){padding-left:1.25rem}
td small{display:block;color:var(--dim);font-size:.78rem}
.state::before{content:"";display:inline-block;width:.55em;height:.55em;border-radius:50%;margin-right:.45em;background:var(--dim)}
.state.completed::before{background:var(--good)}
.state.cancelled::before{background:var(--bad)}
.metric{color:var(--dim);margin-right:.75rem}
.metric b{color:var(--ink);font-weight:500}
figure{margin-top:.25rem}
section>figure{display:grid;grid-template-columns:minmax(0,29rem) minmax(0,1fr);gap:.5rem 2.5rem;align-items:center;margin-top:1.5rem}
figcaption{color:var(--dim);font-size:.85rem;max-width:46rem}
svg.chart{display:block;width:100%;height:auto;font-family:inherit}
svg.ends{display:inline-block;width:7.5rem;height:.7rem;border-radius:2px;vertical-align:middle}
.verdict{font-size:1.08rem;padding-left:1rem;border-left:4px solid var(--good);max-width:52rem}
.verdict.open{border-left-color:var(--bad);color:var(--bad);font-weight:600}
footer{margin-top:3.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--dim);font-size:.85rem;max-width:52rem}
#cost~.scroll{max-width:26rem}
a{color:var(--accent)}.wrap{white-space:normal;display:block;min-width:18rem;max-width:40rem}
.bar{display:inline-block;height:.65rem;width:calc(10rem*var(--share));background:var(--accent);border-radius:1px;vertical-align:middle}
th small{display:block;font-weight:400;color:var(--dim);font-size:.78rem}
.state.dropped::before{background:var(--budget)}
.tree,.tree ul{padding-left:1.2rem}.tree li{margin-top:.5rem}.tree small{color:var(--dim)}
blockquote{margin:.2rem 0 .2rem .6rem;padding-left:.7rem;border-left:2px solid var(--line);color:var(--dim);font-size:.9rem;overflow-wrap:anywhere}
@media (max-width:66rem){.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:52rem){body{padding-top:1.5rem}section>figure{grid-template-columns:minmax(0,1fr)}section{margin-top:2.25rem}}
@media print{:root{color-scheme:light;${LIGHT};--paper:#fff;--raised:#fff}
body{padding:0;max-width:none;font-size:10pt}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
section{break-inside:avoid}.scroll{overflow:visible}h2{break-after:avoid}}
`);
